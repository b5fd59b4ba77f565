"""A phone as a family's contact point: by what its browser gave (DIR-8, DLV-6)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.operations import FAMILY_APP_ADDED
from common.words import Channel
from directory.actions.arrived import Arrived, Attached, Owner, attach
from directory.actions.families import index_of, seal_address
from directory.actions.family_links import send_test
from directory.actions.family_sessions import Family, open_session
from directory.actions.registering import settle, tell_family
from directory.actions.registrations import get_open
from directory.domain.errors import InvalidField, LinksSlowed
from directory.domain.registration.confirming import MAX_CONTACT_POINTS
from directory.domain.registration.errors import TermsNotAgreed
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import registrations as store
from directory.store.models import ContactPoint, Registration, RegistrationApp


@dataclass(frozen=True, slots=True)
class GivenApp:
    """A phone on its way in. `token`: of the registration, or of the session at My Page; "" of
    staff, who are signed in.

    `address`: as `common.web_push` spells it. `terms_version`: of the words on the use of addresses
    that were agreed to, where that is not noted yet. `secret`: under which the link of its test is
    signed.
    """

    token: str = field(repr=False)
    address: str = field(repr=False)
    secret: bytes = field(repr=False)
    terms_version: str = ""


def register_app(session: Session, key: SchoolKey, given: GivenApp, *, now: datetime) -> str | None:
    """Make a phone a contact point of who registers, and send it a test.

    Return what lets its browser in at My Page; None where the office has to accept the family.
    Given again, the phone stays the one that it is. Raise RegistrationOver, TermsNotAgreed, and
    what `settle` raises.
    """
    registration = get_open(session, key.school_id, given.token, now)
    if registration.agreed_at is None:
        raise TermsNotAgreed()
    app = _find_or_make(session, key, registration, given, now)
    if app.contact_point_id is None:
        settle(session, registration, now=now)
    point = _point_of(session, app)
    if point is None or point.guardian_id is None:
        return None
    _try_out(session, point, given, now)
    return open_session(
        session,
        key.school_id,
        point.guardian_id,
        contact_point_id=point.id,
        now=now,
    )


def _find_or_make(
    session: Session, key: SchoolKey, registration: Registration, given: GivenApp, now: datetime
) -> RegistrationApp:
    """Return a phone as it stands in a registration, which may be its first time."""
    address = given.address
    index = index_of(key, Channel.PUSH, address)
    known = store.list_apps(session, registration)
    for row in known:
        if row.address_index == index:
            return row
    _check_not_too_many(len(known))
    app_id = uuid4()
    sealed, _ = seal_address(key, app_id, Channel.PUSH, address)
    app = RegistrationApp(
        id=app_id,
        registration_id=registration.id,
        school_id=key.school_id,
        address=sealed,
        address_index=index,
        given_at=now,
    )
    session.add(app)
    session.flush()
    return app


def _point_of(session: Session, app: RegistrationApp) -> ContactPoint | None:
    if app.contact_point_id is None:
        return None
    return family_store.find_known_point(session, app.school_id, app.contact_point_id)


def _try_out(session: Session, point: ContactPoint, given: GivenApp, now: datetime) -> None:
    """Send a test; where some went already, these will do."""
    with suppress(LinksSlowed):
        send_test(session, point, given.secret, now=now)


def _check_not_too_many(known: int) -> None:
    if known >= MAX_CONTACT_POINTS:
        raise InvalidField(
            Channel.PUSH.value,
            "contact_points_too_many",
            "These are too many contact points.",
            limit=MAX_CONTACT_POINTS,
        )


def take_app(
    session: Session, key: SchoolKey, owner: Owner, given: GivenApp, *, now: datetime
) -> Attached:
    """Make a phone a contact point of its owner, and send it a test; raise as `attach`."""
    group_store.lock_root(session, owner.school_id)
    app_id = uuid4()
    sealed, index = seal_address(key, app_id, Channel.PUSH, given.address)
    arrived = Arrived(app_id, Channel.PUSH, sealed, index)
    attached = attach(session, owner, arrived, now)
    point = family_store.find_known_point(session, owner.school_id, attached.point_id)
    assert point is not None
    _try_out(session, point, given, now)
    return attached


def add_app(
    session: Session,
    key: SchoolKey,
    family: Family,
    given: GivenApp,
    *,
    now: datetime,
) -> None:
    """Make the phone of who is at My Page a contact point of theirs, and send it a test.

    The phone of another guardian stays that one's. Raise Invalid where they would have too many.
    """
    attached = take_app(session, key, family.guardian, given, now=now)
    if not attached.is_new:
        return
    actor = Actor(family.school_id, "guardian", family.guardian.id)
    target = ("contact_point", attached.point_id)
    children = []
    for member_id in family.member_ids:
        children.append(str(member_id))
    record_operation(
        session,
        actor,
        FAMILY_APP_ADDED,
        target,
        member_ids=children,
        terms_version=given.terms_version,
    )
    new_points = [attached.point_id]
    tell_family(session, family.guardian, family.member_ids, new_points, now=now)
