"""What a family changes by itself: its own contact points and its language (MY-2)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import (
    CONTACT_POINT_ENDED,
    CONTACT_POINT_LAST_ENDED,
    GUARDIAN_LANGUAGE_CHANGED,
)
from common.words import Language
from directory.actions.family_sessions import Family, list_own_points
from directory.domain.errors import LastContactPoint, NoSuch
from directory.domain.scope import Actor
from directory.domain.words import ContactState
from directory.events import put_contact_point_ended, record_operation
from directory.store import families as family_store
from directory.store import my_page as store
from directory.store.models import ContactPoint


def end_own_point(
    session: Session, family: Family, contact_point_id: UUID, *, even_last: bool
) -> None:
    """Take one of the family's own contact points off the roster.

    `even_last`: though nothing reaches this family any more then, which the school's log says by a
    line of its own. Raise NotFound for a point that is not theirs, LastContactPoint.
    """
    # Of two at once the second one waits, and sees what the first has left.
    living = family_store.hold_points(session, family.school_id, family.guardians)
    points = [point for point in list_own_points(session, family) if point in living]
    mine = [point for point in points if point.id == contact_point_id]
    if not mine:
        raise NoSuch("contact_point")
    is_last = len(points) == 1
    if is_last and not even_last:
        raise LastContactPoint()
    for point in _same_address(session, family, mine[0]):
        _end(session, family, point, is_last=is_last)


def _same_address(session: Session, family: Family, point: ContactPoint) -> list[ContactPoint]:
    """Return the address as often as this family has it: registered twice, it ends twice."""
    same = family_store.list_points_at(session, point.school_id, point.kind, point.address_index)
    return [each for each in same if each.guardian_id in family.guardians]


def _end(session: Session, family: Family, point: ContactPoint, *, is_last: bool) -> None:
    point.state = ContactState.ENDED.value
    # Who has a new telephone takes the old address away by it, and stays.
    store.free_from_point(session, point, family.row.token_hash)
    put_contact_point_ended(session, point.school_id, point.id)
    operation = CONTACT_POINT_LAST_ENDED if is_last else CONTACT_POINT_ENDED
    children = [str(member_id) for member_id in family.member_ids]
    target = ("contact_point", point.id)
    record_operation(session, _actor(family), operation, target, member_ids=children)


def choose_language(session: Session, family: Family, language: Language) -> None:
    """Write to this family in another language from now on."""
    if family.guardian.language == language.value:
        return
    for guardian in family_store.list_by_ids(session, family.school_id, family.guardians):
        guardian.language = language.value
    target = ("member", family.member_ids[0])
    guardian_id = str(family.guardian.id)
    record_operation(
        session, _actor(family), GUARDIAN_LANGUAGE_CHANGED, target, guardian_id=guardian_id
    )


def _actor(family: Family) -> Actor:
    return Actor(family.school_id, "guardian", family.guardian.id)
