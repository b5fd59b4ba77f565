"""What a mail consists of: the letter common to a message, and the envelope of each recipient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.words import Lane, SchoolWords


@dataclass(frozen=True, slots=True)
class Footer:
    """How a family reaches the school.

    `phone` and `hours` may be empty; `my_page`: the address of My Page.
    """

    phone: str
    hours: str
    my_page: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What all families, or all members of staff, have in common who get a message.

    `addressing` names a group, never a child; `sent_at` is aware. `is_confirmable`: whether a
    button waits behind the personal link. `words`: what the school calls its own.
    """

    message_id: UUID
    school_name: str
    school_short_name: str
    from_address: str
    reply_to: str
    subject: str
    mark: str | None
    addressing: str
    body: str
    footer: Footer
    lane: Lane
    sent_at: datetime
    is_confirmable: bool
    words: SchoolWords
    is_for_staff: bool = False


class MailEnvelope(NamedTuple):
    """What belongs to one recipient; made anew for every mail.

    `address` is quoted already where it has to be (`quoted_address`); `message_id` is the header
    with its angle brackets, `sender` the VERP address without them. `unsubscribe_link` is the https
    address of List-Unsubscribe; `personal_link` is not read by a letter rendered without links.
    """

    address: str
    personal_link: str
    unsubscribe_link: str
    message_id: str
    sender: str


class NoticeEnvelope(NamedTuple):
    """What belongs to one reader of a notice; `from_address` is the school's own."""

    address: str
    from_address: str
    message_id: str
    sender: str
