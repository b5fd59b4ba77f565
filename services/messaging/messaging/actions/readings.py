"""Read and confirm through a personal link (MSG-8, MSG-25, DIR-15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import MESSAGE_CONFIRMED
from messaging import events
from messaging.domain.audience import recipient_id
from messaging.domain.errors import LinkExpired, LinkGone, LinkUnknown, NotConfirmable
from messaging.domain.links import Reader
from messaging.domain.states import SENT
from messaging.store import messages, readings, recipients
from messaging.store.models import Message


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as one reader sees it.

    `confirmed_at`: when the button was first pressed for these children, by anybody. `is_staff`: a
    member of staff reads for themselves.
    """

    message: Message
    children: tuple[UUID, ...]
    confirmed_at: datetime | None
    is_staff: bool


def find_school(session: Session, reader: Reader) -> UUID:
    """Return the school whose message a signed link names; raise LinkGone.

    Needs a session of the system.
    """
    school_id = readings.find_school_of(session, reader.message_id)
    if school_id is None:
        raise LinkGone()
    return school_id


def read(session: Session, school_id: UUID, reader: Reader, *, now: datetime) -> Reading:
    """Return what the link shows, changing nothing: scanners and previews fetch links.

    Raise LinkUnknown, LinkExpired.
    """
    message = messages.find_message(session, school_id, reader.message_id)
    if message is None or message.state not in SENT:
        raise LinkUnknown()
    expires_at = message.link_expires_at
    if expires_at is None or expires_at <= now:
        raise LinkExpired()
    children = readings.list_children(session, school_id, reader)
    if not children:
        raise LinkUnknown()
    ids = tuple(child.member_id for child in children)
    confirmed_at = _confirmed_at([child.confirmed_at for child in children])
    is_staff = ids == (reader.reader_id,)
    return Reading(message, ids, confirmed_at, is_staff=is_staff)


def _confirmed_at(moments: Sequence[datetime | None]) -> datetime | None:
    """Return when the last of the children was confirmed, None while one is open.

    A child can come on a later page.
    """
    known = [moment for moment in moments if moment is not None]
    return max(known) if len(known) == len(moments) else None


def confirm_reading(session: Session, school_id: UUID, reader: Reader, *, now: datetime) -> Reading:
    """Confirm a message for all of the guardian's children in it.

    What is confirmed already keeps its first time. The press also proves the contact point by which
    its link came, whoever confirmed before.

    Raise LinkUnknown, LinkExpired, NotConfirmable.
    """
    reading = read(session, school_id, reader, now=now)
    if not reading.message.confirmable:
        raise NotConfirmable()
    ids = sorted(recipient_id(reader.message_id, child) for child in reading.children)
    recipients.lock_recipients(session, school_id, ids)
    if reader.contact_point_id is not None:
        _prove(session, school_id, reader.contact_point_id, ids, now)
    if reading.confirmed_at is not None:
        return reading
    newly = readings.confirm(session, school_id, reader, ids, now)
    if newly:
        actor = ("staff" if reading.is_staff else "guardian", reader.reader_id)
        events.record_operation(
            session, reading.message, MESSAGE_CONFIRMED, actor=actor, children=newly
        )
    session.expire_all()
    return read(session, school_id, reader, now=now)


def _prove(
    session: Session, school_id: UUID, contact_point_id: UUID, ids: Sequence[UUID], now: datetime
) -> None:
    if readings.prove(session, school_id, contact_point_id, ids, now):
        events.put_proved(session, school_id, contact_point_id, now)
