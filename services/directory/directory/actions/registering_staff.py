"""What one of the staff has proved becomes their contact points (DIR-8, ADR 54)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import CONTACT_POINT_REGISTERED
from common.words import Channel
from directory.actions.arrived import attach_ready
from directory.actions.family_tellings import TOLD, tell_of_growth
from directory.actions.registering_owners import Ready
from directory.domain.registration.errors import RegistrationOver
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import families as family_store
from directory.store import line_links as line_store
from directory.store import members as member_store
from directory.store import registrations as store
from directory.store.models import LineLink, Member, Registration, RegistrationMail


def actor_of(member: Member) -> Actor:
    """Return one of the staff as who acts; by the roster, for a link is pressed without account."""
    return Actor(member.school_id, "staff", member.id)


class NewPoint(NamedTuple):
    """A contact point of one of the staff that is there since now.

    `terms_version`: of the words on the use of addresses that they agreed to, at `agreed_at`.
    """

    id: UUID
    channel: Channel
    terms_version: str
    agreed_at: datetime


def settle_member(
    session: Session, registration: Registration, member_id: UUID, *, now: datetime
) -> None:
    """Make contact points of what one of the staff has proved, in whatever browser.

    They asked for it while they were signed in, and who reads the address has pressed. Raise
    RegistrationOver for who is at the school no more; Invalid where they would have too many.
    """
    member = member_store.find_staff(session, registration.school_id, member_id)
    if member is None:
        raise RegistrationOver()
    for row in _list_ready(session, registration):
        attached = attach_ready(session, member, row, now)
        session.flush()
        if attached.is_new:
            new = _new_point(registration, row)
            note_new_point(session, member, new, now=now)


def _list_ready(session: Session, registration: Registration) -> list[Ready]:
    """Return what was proved, and is no contact point yet."""
    mails = store.list_mails(session, registration)
    lines = line_store.list_links(session, registration)
    given: list[RegistrationMail | LineLink] = [*mails, *lines]
    return [row for row in given if row.proved_at is not None and row.contact_point_id is None]


def _new_point(registration: Registration, row: Ready) -> NewPoint:
    assert row.contact_point_id is not None
    assert registration.terms_version is not None
    assert registration.agreed_at is not None
    return NewPoint(
        row.contact_point_id,
        row.channel,
        registration.terms_version,
        registration.agreed_at,
    )


def note_new_point(session: Session, member: Member, new: NewPoint, *, now: datetime) -> None:
    """Put it down in the school's log, and tell their other contact points; never where it is."""
    record_operation(
        session,
        actor_of(member),
        CONTACT_POINT_REGISTERED,
        ("contact_point", new.id),
        member_ids=[str(member.id)],
        channel=new.channel.value,
        terms_version=new.terms_version,
        agreed_at=new.agreed_at.isoformat(),
    )
    points = family_store.list_points(session, member.school_id, [member.id])
    readers = [point for point in points if point.kind in TOLD and point.id != new.id]
    tell_of_growth(session, readers, now=now)
