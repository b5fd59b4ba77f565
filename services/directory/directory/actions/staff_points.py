"""The contact points of one of the staff, as they see and change them themselves (ADR 54)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from directory.actions.contact_points import end_by_owner
from directory.actions.family_links import send_test
from directory.actions.family_tellings import TOLD
from directory.actions.registering_staff import actor_of
from directory.actions.registrations import describe_mail
from directory.actions.show import describe_point
from directory.domain.errors import LastContactPoint, NoSuch, NotOnRoster
from directory.store import families as family_store
from directory.store import members as member_store
from directory.store import registrations as store
from directory.store.models import ContactPoint, Member


def get_own(session: Session, school_id: UUID, member_id: UUID | None) -> Member:
    """Return as whom somebody who is signed in stands on the roster.

    `member_id`: to whom their account is tied. Raise NotOnRoster for an account that is tied to
    nobody who works at the school now.
    """
    member = member_store.find_staff(session, school_id, member_id) if member_id else None
    if member is None:
        raise NotOnRoster()
    return member


def show_own(session: Session, member: Member, key: SchoolKey, *, now: datetime) -> dict[str, Any]:
    """Return how their contact points stand, and which addresses still wait for their proof."""
    points = family_store.list_points(session, member.school_id, [member.id])
    waiting = store.list_waiting_of_staff(session, member.school_id, member.id, now)
    return {
        "contact_points": [describe_point(point, key) for point in points],
        "waiting": [describe_mail(key, mail, now) for mail in waiting],
    }


def test_own(
    session: Session, member: Member, contact_point_id: UUID, secret: bytes, *, now: datetime
) -> None:
    """Send a test to one of their own contact points; the press on it proves the point.

    Raise NotFound for a point that is not theirs, or to which none can go; LinksSlowed after some.
    """
    points = family_store.list_points(session, member.school_id, [member.id])
    point = _find(points, contact_point_id)
    if point.kind not in TOLD:
        raise NoSuch("contact_point")
    send_test(session, point, secret, now=now)


def end_own(session: Session, member: Member, contact_point_id: UUID, *, even_last: bool) -> None:
    """Take one of their own contact points off the roster.

    `even_last`: though no message for staff reaches them any more then, which the school's log says
    by a line of its own. Raise NotFound for a point that is not theirs, LastContactPoint.
    """
    # Of two at once the second one waits, and sees what the first has left.
    points = family_store.hold_points(session, member.school_id, [member.id])
    point = _find(points, contact_point_id)
    is_last = len(points) == 1
    if is_last and not even_last:
        raise LastContactPoint()
    end_by_owner(session, actor_of(member), point, member.id, is_last=is_last)


def _find(points: list[ContactPoint], contact_point_id: UUID) -> ContactPoint:
    for point in points:
        if point.id == contact_point_id:
            return point
    raise NoSuch("contact_point")
