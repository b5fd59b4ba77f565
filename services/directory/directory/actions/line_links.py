"""Link a LINE user to a guardian by LINE's own dialog (DLV-5, ADR 49).

A browser that is known here gets a nonce and goes over to LINE with it; LINE tells dispatch-line
which of its users pressed, by the nonce.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.words import Channel
from directory.actions.families import index_of, seal_address
from directory.actions.family_sessions import Family, open_session
from directory.actions.registering import settle, settle_own
from directory.actions.registrations import get_open
from directory.domain.registration.errors import (
    LineLinkOver,
    LineLinksTooMany,
    LineLinkUsed,
    RegistrationOver,
    SheetNeeded,
    TermsNotAgreed,
)
from directory.domain.registration.line_links import (
    MOST_A_REGISTRATION,
    USED_FOR,
    VALID_FOR,
    link_of_nonce,
    nonce_of,
)
from directory.domain.registration.states import ChildState
from directory.store import families as family_store
from directory.store import line_links as store
from directory.store import registrations as registration_store
from directory.store.models import LineLink, Registration


@dataclass(frozen=True, slots=True)
class ToldLink:
    """What LINE told: which of its users pressed in its dialog, and the nonce that came with it."""

    nonce: str = field(repr=False)
    user_id: str


@dataclass(frozen=True, slots=True)
class Linked:
    """For how many children a LINE user is registered now; `is_held`: the office decides first."""

    children: int
    is_held: bool


def ask_for_link(session: Session, key: SchoolKey, token: str, *, now: datetime) -> str:
    """Return the nonce with which the browser of a registration goes over to LINE.

    Raise RegistrationOver, TermsNotAgreed, LineLinksTooMany.
    """
    registration = get_open(session, key.school_id, token, now)
    terms_version = registration.terms_version
    if terms_version is None:
        raise TermsNotAgreed()
    return give_nonce(session, key, registration, terms_version, now=now)


def give_nonce(
    session: Session,
    key: SchoolKey,
    registration: Registration,
    terms_version: str,
    *,
    now: datetime,
) -> str:
    """Return a nonce for a registration; raise LineLinksTooMany."""
    before = store.list_links(session, registration)
    if len(before) >= MOST_A_REGISTRATION:
        raise LineLinksTooMany()
    link = _new_link(
        key,
        terms_version,
        now,
    )
    link.registration_id = registration.id
    session.add(link)
    return nonce_of(key, link.id)


def ask_for_own_link(
    session: Session, key: SchoolKey, family: Family, terms_version: str, *, now: datetime
) -> str:
    """Return the nonce with which a family goes over to LINE from its own page.

    Raise SheetNeeded for a protected family, LineLinksTooMany.
    """
    school_id = family.school_id
    guardian_id = family.guardian.id
    protection = family_store.load_protection(session, school_id)
    if guardian_id in protection.guardians:
        raise SheetNeeded()
    since = now - USED_FOR
    asked = store.count_asked(session, school_id, guardian_id, since)
    if asked >= MOST_A_REGISTRATION:
        raise LineLinksTooMany()
    link = _new_link(
        key,
        terms_version,
        now,
    )
    link.guardian_id = guardian_id
    session.add(link)
    return nonce_of(key, link.id)


def _new_link(key: SchoolKey, terms_version: str, now: datetime) -> LineLink:
    return LineLink(
        id=uuid4(),
        school_id=key.school_id,
        terms_version=terms_version,
        asked_at=now,
        expires_at=now + VALID_FOR,
    )


def link_user(session: Session, key: SchoolKey, told: ToldLink, *, now: datetime) -> Linked:
    """Make a contact point of the LINE user of whom LINE told; told again, nothing changes.

    Raise LineLinkOver, LineLinkUsed where another user came first; and what settling raises.
    """
    link = _hold_link(session, key, told.nonce)
    index = index_of(key, Channel.LINE, told.user_id)
    if link.proved_at is not None:
        if link.address_index != index:
            raise LineLinkUsed()
        return _look_at(session, link)
    if link.expires_at <= now:
        raise LineLinkOver()
    _prove(key, link, told.user_id, now)
    session.flush()
    _settle(session, link, now)
    return _look_at(session, link)


def link_in_talk(
    session: Session, key: SchoolKey, registration: Registration, user_id: str, *, now: datetime
) -> Linked:
    """Make a contact point of the LINE user who entered a sheet in the talk.

    Raise TermsNotAgreed, and what settling raises.
    """
    if registration.terms_version is None:
        raise TermsNotAgreed()
    link = _new_link(
        key,
        registration.terms_version,
        now,
    )
    link.registration_id = registration.id
    _prove(key, link, user_id, now)
    session.add(link)
    session.flush()
    settle(session, registration, now=now)
    return _look_at(session, link)


def _prove(key: SchoolKey, link: LineLink, user_id: str, now: datetime) -> None:
    """Note whose link it is; LINE itself said who speaks."""
    sealed, index = seal_address(key, link.id, Channel.LINE, user_id)
    link.address = sealed
    link.address_index = index
    link.proved_at = now


def _hold_link(session: Session, key: SchoolKey, nonce: str) -> LineLink:
    """Return the link of a nonce, held; raise LineLinkOver where there is none."""
    link_id = link_of_nonce(key, nonce)
    if link_id is None:
        raise LineLinkOver()
    link = store.hold_link(session, key.school_id, link_id)
    if link is None:
        raise LineLinkOver()
    return link


def _settle(session: Session, link: LineLink, now: datetime) -> None:
    if link.guardian_id is not None:
        settle_own(session, link.school_id, link.guardian_id, link, now=now)
        return
    registration = _registration_of(session, link)
    if registration.expires_at <= now:
        raise LineLinkOver()
    settle(session, registration, now=now)


def _registration_of(session: Session, link: LineLink) -> Registration:
    assert link.registration_id is not None
    found = registration_store.find_registration(session, link.school_id, link.registration_id)
    if found is None:
        raise LineLinkOver()
    return found


def let_in(session: Session, key: SchoolKey, token: str, *, now: datetime) -> str:
    """Return what lets the browser of a registration in at its own page, whose LINE user pressed.

    It is that person: LINE's own token went to this LINE user alone, and the nonce to this browser.
    Raise RegistrationOver where nobody pressed yet, or the office has to accept first.
    """
    registration = get_open(session, key.school_id, token, now)
    proved = [
        link.contact_point_id
        for link in store.list_links(session, registration)
        if link.contact_point_id is not None
    ]
    if not proved or registration.guardian_id is None:
        raise RegistrationOver()
    return open_session(
        session,
        key.school_id,
        registration.guardian_id,
        contact_point_id=proved[-1],
        now=now,
    )


def _look_at(session: Session, link: LineLink) -> Linked:
    """Return how a used link stands at this moment."""
    if link.guardian_id is not None:
        of_guardians = family_store.list_children_of(
            session,
            link.school_id,
            [link.guardian_id],
        )
        own = of_guardians.get(link.guardian_id, [])
        return Linked(len(own), is_held=False)
    registration = _registration_of(session, link)
    children = registration_store.list_children(session, registration)
    states = [child.state for child in children]
    linked = states.count(ChildState.LINKED.value)
    held = states.count(ChildState.HELD.value)
    waits_alone = held > 0 and linked == 0
    return Linked(linked, is_held=waits_alone)
