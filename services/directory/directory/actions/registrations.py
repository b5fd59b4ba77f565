"""Begin a registration by a sheet, and agree to the use of addresses (DIR-8, DIR-16).

What proves an address is `registration_mails`; what becomes of it then, `registering`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.operations import REGISTRATION_GUESSED
from common.typed_codes import tidy
from common.words import Language
from directory.actions.registering import settle
from directory.actions.registration_codes import find_child
from directory.domain.people import MAX_LABEL_GRAPHEMES, check_text, mask_address
from directory.domain.registration.confirming import CODE_TRIES
from directory.domain.registration.errors import RegistrationOver
from directory.domain.registration.states import ChildState
from directory.domain.registration.tokens import digest_of, new_token
from directory.domain.registration.trying import SheetCodes
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import groups as group_store
from directory.store import line_links as line_store
from directory.store import registration as sheet_store
from directory.store import registrations as store
from directory.store.models import (
    Registration,
    RegistrationChild,
    RegistrationMail,
    RegistrationSheet,
)

# From the sheet to the last address; each confirmation mail that is sent begins a day anew.
OPEN_FOR = timedelta(hours=24)
# In all. A sheet that was found opens no more than that, however many addresses are typed.
MOST_OPEN_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class AboutMyself:
    """What a family says of the adult who registers, and to which words on addresses it agreed."""

    terms_version: str
    label: str
    language: Language


def begin_registration(
    session: Session, key: SchoolKey, codes: SheetCodes, *, now: datetime
) -> str | None:
    """Return the token of a new registration; None where the codes are wrong or no longer good."""
    sheet = _find_sheet(session, key, codes, now)
    if sheet is None:
        return None
    token = new_token()
    registration = Registration(
        id=uuid4(),
        school_id=key.school_id,
        token_digest=digest_of(token),
        language=Language.JA.value,
        label="",
        opened_at=now,
        expires_at=now + OPEN_FOR,
    )
    session.add(registration)
    session.flush()
    _enter(session, registration, sheet, now)
    return token


def enter_sibling(
    session: Session, key: SchoolKey, token: str, codes: SheetCodes, *, now: datetime
) -> bool:
    """Add the child of another sheet to a registration; return whether its codes are good.

    A guardian who is registered already gets the child at once; who waits for the office is seen
    there with it. Raise RegistrationOver.
    """
    registration = get_open(session, key.school_id, token, now)
    # Before the sheet, as all who settle do.
    group_store.lock_root(session, key.school_id)
    sheet = _find_sheet(session, key, codes, now)
    if sheet is None:
        return False
    _enter(session, registration, sheet, now)
    children = store.list_children(session, registration)
    waits = any(child.state == ChildState.HELD.value for child in children)
    if waits or registration.guardian_id is not None:
        settle(session, registration, now=now)
    return True


def _find_sheet(
    session: Session, key: SchoolKey, codes: SheetCodes, now: datetime
) -> RegistrationSheet | None:
    sheet = find_child(session, key, codes.login_id, codes.passcode, now=now)
    if sheet is None or not sheet_store.is_child_present(session, sheet):
        return None
    return sheet


def _enter(
    session: Session, registration: Registration, sheet: RegistrationSheet, now: datetime
) -> None:
    """Note that a sheet was entered; entered again it counts as it is now."""
    known = {child.member_id: child for child in store.list_children(session, registration)}
    child = known.get(sheet.member_id)
    if child is None:
        child = RegistrationChild(
            registration_id=registration.id,
            member_id=sheet.member_id,
            school_id=registration.school_id,
            sheet_version=sheet.version,
            state=ChildState.ENTERED.value,
            entered_at=now,
        )
        session.add(child)
    elif child.state == ChildState.ENTERED.value:
        child.sheet_version = sheet.version
    session.flush()


def record_guessing(session: Session, school_id: UUID, codes: SheetCodes) -> None:
    """Tell the operation log that somebody guesses at a sheet, and is kept from it for a while."""
    sheet = sheet_store.find_sheet(session, school_id, tidy(codes.login_id))
    actor = Actor(school_id, "system", None)
    target = ("member", sheet.member_id if sheet else None)
    record_operation(session, actor, REGISTRATION_GUESSED, target)


def agree(
    session: Session, school_id: UUID, token: str, about: AboutMyself, *, now: datetime
) -> None:
    """Note who registers, and to which words on the use of addresses they agreed, and when.

    Raise RegistrationOver; Invalid for a label that can't be shown.
    """
    registration = get_open(session, school_id, token, now)
    label = about.label.strip()
    registration.label = check_text("label", label, MAX_LABEL_GRAPHEMES) if label else ""
    registration.language = about.language.value
    if registration.terms_version != about.terms_version:
        registration.terms_version = about.terms_version
        registration.agreed_at = now


def show_registration(
    session: Session, key: SchoolKey, token: str, *, now: datetime
) -> dict[str, Any]:
    """Return how far a registration is, for the browser that holds it. Raise RegistrationOver."""
    registration = get_open(session, key.school_id, token, now)
    children = store.list_children(session, registration)
    names = store.map_names(session, key.school_id, [child.member_id for child in children])
    if not names:
        raise RegistrationOver()
    lines = line_store.list_links(session, registration)
    mails = store.list_mails(session, registration)
    kept = [mail for mail in mails if mail.proved_at is not None or mail.address is not None]
    return {
        "label": registration.label,
        "language": registration.language,
        "terms_version": registration.terms_version,
        "is_registered": any(child.state == ChildState.LINKED.value for child in children),
        "children": [
            {"name": names[child.member_id], "state": child.state}
            for child in children
            if child.member_id in names
        ],
        "mails": [describe_mail(key, mail, now) for mail in kept],
        "lines": sum(link.proved_at is not None for link in lines),
    }


def describe_mail(key: SchoolKey, mail: RegistrationMail, now: datetime) -> dict[str, Any]:
    """Describe an address: whole while it waits, so that a mistyped one is seen."""
    address = None
    if mail.address is not None:
        place = SealedPlace("contact_points", "address", mail.id)
        address = key.decrypt(mail.address, place)
    is_proved = mail.proved_at is not None
    return {
        "id": mail.id,
        "address": mask_address(address) if address and is_proved else address,
        "is_proved": is_proved,
        "is_over": not is_proved and mail.expires_at <= now,
        "tries_left": max(0, CODE_TRIES - mail.wrong_codes),
        "asked_at": mail.asked_at,
    }


def get_open(session: Session, school_id: UUID, token: str, now: datetime) -> Registration:
    """Return the registration that a browser holds, held for a change; raise RegistrationOver."""
    registration = store.find_by_token(session, school_id, digest_of(token), now)
    if registration is None:
        raise RegistrationOver()
    return registration
