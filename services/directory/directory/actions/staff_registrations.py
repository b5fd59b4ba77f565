"""One of the staff registers a mail address, a LINE user or a phone (DIR-8, DIR-16, ADR 54).

The way is that of families: the same mails, nonces and tests. No sheet is entered, for who is
signed in is known.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.words import Channel, Language
from directory.actions.apps import GivenApp, take_app
from directory.actions.arrived import check_points_room
from directory.actions.families import index_of
from directory.actions.line_links import give_nonce
from directory.actions.registering_staff import NewPoint, note_new_point
from directory.actions.registration_mails import (
    GivenCode,
    TypedMail,
    begin_proof,
    check_address,
    prove_typed,
)
from directory.actions.registrations import OPEN_FOR
from directory.domain.errors import InvalidField
from directory.domain.registration.errors import ConfirmationOver, MailCodeWrong
from directory.domain.registration.tokens import digest_of, new_token
from directory.domain.words import ContactState
from directory.store import families as family_store
from directory.store import registrations as store
from directory.store.models import Member, Registration


class Agreed(NamedTuple):
    """Who registers, and to which words on the use of addresses they agreed just now."""

    member: Member
    terms_version: str


def _open(session: Session, who: Agreed, now: datetime) -> Registration:
    """Return the registration in which they are.

    One of a day ago is not gone on with: its last mails would end before their time.
    """
    member = who.member
    known = store.find_of_staff(session, member.school_id, member.id, now - OPEN_FOR)
    registration = known or _new_registration(session, member, now)
    if registration.terms_version != who.terms_version:
        registration.terms_version = who.terms_version
        registration.agreed_at = now
    return registration


def _new_registration(session: Session, member: Member, now: datetime) -> Registration:
    registration = Registration(
        id=uuid4(),
        school_id=member.school_id,
        # Nobody holds this token: who is signed in needs none.
        token_digest=digest_of(new_token()),
        language=Language.JA.value,
        label="",
        member_id=member.id,
        opened_at=now,
        expires_at=now + OPEN_FOR,
    )
    session.add(registration)
    session.flush()
    return registration


def ask_for_own_proof(
    session: Session, key: SchoolKey, who: Agreed, typed: TypedMail, *, now: datetime
) -> UUID:
    """Send a confirmation mail to an address of theirs; return by which id its code is given.

    Raise Invalid for what is no address or one of theirs, `mail_doubtful` for a likely typo, and
    where they would have too many; ConfirmationsTooMany.
    """
    address = check_address(typed)
    index = index_of(key, Channel.MAIL, address)
    known = family_store.find_point_of(session, who.member, Channel.MAIL, index)
    if known is not None and known.state == ContactState.ACTIVE.value:
        raise InvalidField("mail", "mail_already", "This address is registered already.")
    is_new = known is None or known.state == ContactState.ENDED.value
    if is_new:
        check_points_room(session, who.member, Channel.MAIL)
    registration = _open(session, who, now)
    return begin_proof(session, key, registration, address, now=now)


def prove_own(
    session: Session, key: SchoolKey, member: Member, given: GivenCode, *, now: datetime
) -> MailCodeWrong | None:
    """Prove an address of theirs by the six digits of its mail.

    A wrong code is counted, so the refusal is returned, to be committed. Raise ConfirmationOver;
    Invalid where they would have too many.
    """
    mail = store.find_mail(session, key.school_id, given.mail_id)
    if mail is None:
        raise ConfirmationOver()
    registration = store.find_registration(session, key.school_id, mail.registration_id)
    if registration is None or registration.member_id != member.id:
        raise ConfirmationOver()
    session.refresh(mail)
    result = prove_typed(session, key, registration, given, now=now)
    return result if isinstance(result, MailCodeWrong) else None


def ask_for_own_line(session: Session, key: SchoolKey, who: Agreed, *, now: datetime) -> str:
    """Return the nonce with which one of the staff goes over to LINE.

    Raise Invalid where they have too many contact points already; LineLinksTooMany.
    """
    check_points_room(session, who.member, Channel.LINE)
    registration = _open(session, who, now)
    return give_nonce(session, key, registration, who.terms_version, now=now)


def add_own_app(
    session: Session, key: SchoolKey, member: Member, given: GivenApp, *, now: datetime
) -> None:
    """Make the phone of who is signed in a contact point of theirs, and send it a test.

    Raise Invalid where they would have too many.
    """
    attached = take_app(session, key, member, given, now=now)
    if attached.is_new:
        new = NewPoint(attached.point_id, Channel.PUSH, given.terms_version, now)
        note_new_point(session, member, new, now=now)
