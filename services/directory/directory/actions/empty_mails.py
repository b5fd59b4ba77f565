"""A family writes an empty mail instead of typing its address (DIR-8).

It saves typing, and proves nothing: a sender is easily forged. The address becomes a contact point
as a typed one does, by what is answered to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.words import Channel
from directory.actions.families import index_of
from directory.actions.registration_mails import TypedMail, begin_proof, check_address
from directory.actions.registrations import get_open
from directory.domain.registration.empty_mails import MOST_MAILS, SAME_MAIL_WITHIN, local_part_of
from directory.domain.registration.errors import (
    ConfirmationsTooMany,
    RegistrationOver,
    TermsNotAgreed,
)
from directory.store import registrations as store


@dataclass(frozen=True, slots=True)
class EmptyMail:
    """A mail that came to a registration's address; `sender`: the envelope's."""

    registration_id: UUID
    sender: str = field(repr=False)


def name_local_part(
    session: Session, school_id: UUID, token: str, secret: bytes, *, now: datetime
) -> str:
    """Return to which address of ours the holder of a registration writes: before the @.

    Raise TermsNotAgreed, RegistrationOver.
    """
    registration = get_open(session, school_id, token, now)
    if registration.agreed_at is None:
        raise TermsNotAgreed()
    return local_part_of(secret, registration.id)


def take_empty_mail(session: Session, key: SchoolKey, mail: EmptyMail, *, now: datetime) -> None:
    """Send a confirmation mail to whom an empty mail came from; soon again, nothing more is sent.

    Raise as `ask_for_proof`, but never for a likely typo: nobody typed.
    """
    registration = store.find_registration(session, key.school_id, mail.registration_id)
    if registration is None or registration.expires_at <= now:
        raise RegistrationOver()
    address = check_address(TypedMail(mail.sender, is_sure=True))
    index = index_of(key, Channel.MAIL, address)
    mails = store.list_mails(session, registration)
    for known in mails:
        is_answered = known.asked_at > now - SAME_MAIL_WITHIN and known.expires_at > now
        if known.address_index == index and is_answered:
            return
    if len(mails) >= MOST_MAILS:
        raise ConfirmationsTooMany()
    begin_proof(session, key, registration, address, now=now)
