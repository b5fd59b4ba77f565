"""Prove that a family reads an address: by a mail with six digits and a link (DIR-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.words import Channel
from directory.actions.families import index_of, seal_address
from directory.actions.family_sessions import open_session
from directory.actions.registering import settle
from directory.actions.registrations import MOST_OPEN_FOR, OPEN_FOR, get_open
from directory.domain.errors import InvalidField
from directory.domain.mail_addresses import (
    MAX_MAILS_A_GUARDIAN,
    find_mail_problem,
    guess_domain,
    tidy_mail,
)
from directory.domain.registration.confirming import (
    CODE_TRIES,
    DAY,
    HOUR,
    MOST_MAILS_A_REGISTRATION,
    MOST_MAILS_A_SHEET,
    MOST_MAILS_AN_HOUR,
    VALID_FOR,
    code_of,
    is_code,
    mail_of_link,
)
from directory.domain.registration.errors import (
    ConfirmationOver,
    ConfirmationsTooMany,
    MailCodeWrong,
    SheetMailsTooMany,
    TermsNotAgreed,
)
from directory.domain.registration.tokens import digest_of
from directory.events import put_family_mail_requested
from directory.store import registrations as store
from directory.store.models import ContactPoint, Registration, RegistrationMail


@dataclass(frozen=True, slots=True)
class TypedMail:
    """An address as a family typed it; `is_sure`: it was asked about, and is meant so."""

    address: str
    is_sure: bool = False


@dataclass(frozen=True, slots=True)
class GivenCode:
    """Six digits as they were typed, and for which mail."""

    mail_id: UUID
    typed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proved:
    """An address is proved. `token`: lets this browser in at My Page, as who has shown to be there.

    None: the office has to accept the registration, or the address was proved before.
    """

    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pressed:
    """The link of a mail was pressed.

    `is_waiting`: the office has to accept the registration first; `is_own`: by the browser that
    asked for the mail; `is_staff`: one of the staff had asked for it.
    """

    proved: Proved
    is_waiting: bool
    is_own: bool
    is_staff: bool


@dataclass(frozen=True, slots=True)
class LinkedMail:
    """What the link of a confirmation mail is for."""

    registration: Registration
    mail: RegistrationMail


def ask_for_proof(
    session: Session, key: SchoolKey, token: str, typed: TypedMail, *, now: datetime
) -> UUID:
    """Send a confirmation mail to an address; return by which id its code is given.

    Sent again to the same address, the mail before is void. Raise Invalid for what is no address,
    `mail_doubtful` for a likely typo; TermsNotAgreed; ConfirmationsTooMany; RegistrationOver.
    """
    registration = get_open(session, key.school_id, token, now)
    return begin_proof(session, key, registration, check_address(typed), now=now)


def begin_proof(
    session: Session, key: SchoolKey, registration: Registration, address: str, *, now: datetime
) -> UUID:
    """Send a confirmation mail to an address of a registration; return its id.

    Raise TermsNotAgreed; Invalid for one address too many; ConfirmationsTooMany, SheetMailsTooMany.
    """
    if registration.agreed_at is None:
        raise TermsNotAgreed()
    index = index_of(key, Channel.MAIL, address)
    mails = store.list_mails(session, registration)
    if registration.member_id is None:
        # Of staff their contact points tell it, which they may have ended meanwhile.
        _check_room(mails, index)
    _check_not_too_many(session, registration, len(mails), index, now)
    for mail in mails:
        is_same_and_waits = mail.address_index == index and mail.proved_at is None
        if is_same_and_waits:
            mail.expires_at = now
    mail_id = uuid4()
    sealed, _ = seal_address(key, mail_id, Channel.MAIL, address)
    session.add(
        RegistrationMail(
            id=mail_id,
            registration_id=registration.id,
            school_id=key.school_id,
            address=sealed,
            address_index=index,
            wrong_codes=0,
            asked_at=now,
            expires_at=now + VALID_FOR,
        )
    )
    _keep_open(registration, now)
    session.flush()
    put_family_mail_requested(session, key.school_id, mail_id)
    return mail_id


def _keep_open(registration: Registration, now: datetime) -> None:
    """Let a family end in peace what it began, and nobody go on for ever by one sheet."""
    last = registration.opened_at + MOST_OPEN_FOR
    wanted = max(registration.expires_at, now + OPEN_FOR)
    registration.expires_at = min(wanted, last)


def check_address(typed: TypedMail) -> str:
    """Return an address as it is kept; raise Invalid for what is none, or for a likely typo."""
    address = tidy_mail(typed.address)
    problem = find_mail_problem(address)
    if problem:
        raise InvalidField("mail", problem, "This is not a mail address.", value=address)
    guess = guess_domain(address)
    if guess and not typed.is_sure:
        local = address.rpartition("@")[0]
        meant = f"{local}@{guess}"
        message = "The end of this address may be mistyped."
        raise InvalidField("mail", "mail_doubtful", message, value=address, guess=meant)
    return address


def _check_room(mails: Sequence[RegistrationMail], index: bytes) -> None:
    proved = {mail.address_index for mail in mails if mail.proved_at is not None}
    if index in proved:
        raise InvalidField("mail", "mail_already", "This address is registered already.")
    if len(proved) >= MAX_MAILS_A_GUARDIAN:
        raise InvalidField(
            "mail", "mails_too_many", "These are too many addresses.", limit=MAX_MAILS_A_GUARDIAN
        )


def _check_not_too_many(
    session: Session, registration: Registration, asked: int, index: bytes, now: datetime
) -> None:
    of_address = store.count_asked(session, registration.school_id, index, now - HOUR)
    if of_address >= MOST_MAILS_AN_HOUR or asked >= MOST_MAILS_A_REGISTRATION:
        raise ConfirmationsTooMany()
    of_sheet = store.count_asked_by_sheet(session, registration, now - DAY)
    if of_sheet >= MOST_MAILS_A_SHEET:
        raise SheetMailsTooMany()


def prove_by_code(
    session: Session, key: SchoolKey, token: str, given: GivenCode, *, now: datetime
) -> Proved | MailCodeWrong:
    """Prove an address by the six digits of its mail, in the browser that asked for it.

    A wrong code is counted, so the refusal is returned, to be committed. Raise RegistrationOver,
    ConfirmationOver, and what `settle` raises.
    """
    registration = get_open(session, key.school_id, token, now)
    return prove_typed(session, key, registration, given, now=now)


def prove_typed(
    session: Session,
    key: SchoolKey,
    registration: Registration,
    given: GivenCode,
    *,
    now: datetime,
) -> Proved | MailCodeWrong:
    """Prove an address of a registration by its six digits; as `prove_by_code`."""
    mail = store.find_mail(session, key.school_id, given.mail_id)
    if mail is None or mail.registration_id != registration.id:
        raise ConfirmationOver()
    if mail.proved_at is not None:
        # Given once more: nothing changes, and nobody is signed in by it.
        return Proved(None)
    if mail.expires_at <= now or mail.wrong_codes >= CODE_TRIES:
        raise ConfirmationOver()
    if not is_code(given.typed, code_of(key, mail.id)):
        mail.wrong_codes += 1
        return MailCodeWrong(CODE_TRIES - mail.wrong_codes)
    guardian_id = _prove(session, registration, mail, is_own_browser=True, now=now)
    return _let_in(session, mail, guardian_id, now)


def find_link(session: Session, key: SchoolKey, link: str, *, now: datetime) -> LinkedMail:
    """Return what a confirmation link is for, held; raise ConfirmationOver."""
    mail_id = mail_of_link(key, link)
    mail = store.find_mail(session, key.school_id, mail_id) if mail_id else None
    if mail is None:
        raise ConfirmationOver()
    registration = store.find_registration(session, key.school_id, mail.registration_id)
    session.refresh(mail)
    if registration is None:
        raise ConfirmationOver()
    ends_at = min(mail.expires_at, registration.expires_at)
    if mail.proved_at is None and ends_at <= now:
        raise ConfirmationOver()
    return LinkedMail(registration, mail)


def prove_by_link(
    session: Session, key: SchoolKey, link: str, token: str | None, *, now: datetime
) -> Pressed:
    """Prove an address by the link of its mail; pressed again, nothing changes.

    `token`: what the browser that pressed holds. Another browser than the one that asked makes
    nobody of that one: whoever typed somebody's address, and made them press, would be them. Raise
    ConfirmationOver, and what `settle` raises.
    """
    found = find_link(session, key, link, now=now)
    registration, mail = found.registration, found.mail
    is_own = token is not None and registration.token_digest == digest_of(token)
    proved = Proved(None)
    if mail.proved_at is None:
        guardian_id = _prove(session, registration, mail, is_own_browser=is_own, now=now)
        owner_id = guardian_id if is_own else _owner_of(session, mail)
        proved = _let_in(session, mail, owner_id, now)
    is_waiting = mail.contact_point_id is None
    is_staff = registration.member_id is not None
    return Pressed(proved, is_waiting, is_own, is_staff)


def _owner_of(session: Session, mail: RegistrationMail) -> UUID | None:
    """Return whose contact point a mail has become; None while it is none."""
    if mail.contact_point_id is None:
        return None
    point = session.get(ContactPoint, mail.contact_point_id)
    return point.guardian_id if point else None


def _let_in(
    session: Session, mail: RegistrationMail, guardian_id: UUID | None, now: datetime
) -> Proved:
    """Let the browser in that has proved an address, as a guardian; as nobody who waits."""
    if guardian_id is None:
        return Proved(None)
    token = open_session(
        session, mail.school_id, guardian_id, contact_point_id=mail.contact_point_id, now=now
    )
    return Proved(token)


def _prove(
    session: Session,
    registration: Registration,
    mail: RegistrationMail,
    *,
    is_own_browser: bool,
    now: datetime,
) -> UUID | None:
    """Note that an address is proved; return who the registration's own browser is by now."""
    mail.proved_at, mail.proved_here = now, is_own_browser
    session.flush()
    return settle(session, registration, now=now)
