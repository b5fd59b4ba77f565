"""Erase who was deleted 30 days ago, with all that belongs to nobody else (DIR-1, RET-5).

And guardians whose last child was taken from them 30 days ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common.operations import MEMBERS_ERASED
from directory import events
from directory.domain.scope import Actor
from directory.store import erasures as store
from directory.store.models import Guardian, Member

log = structlog.get_logger()

KEPT_AFTER_DELETION = timedelta(days=30)
# With their families some thousand rows: what a database deletes within seconds.
ERASED_AT_ONCE = 200


def erase_deleted_members(session: Session, *, now: datetime) -> bool:
    """Erase members deleted more than 30 days ago; return whether there may be more.

    The operation log of each school gets a line with the counts. Other houses are told which links
    of sent messages show the child no more, and which contact points are gone.
    """
    due = store.take_deleted(session, now - KEPT_AFTER_DELETION, ERASED_AT_ONCE)
    for school_id, members in _by_school(due).items():
        _erase(session, school_id, members)
    return len(due) == ERASED_AT_ONCE


def erase_guardians_alone(session: Session, *, now: datetime) -> bool:
    """Erase guardians without a child for more than 30 days; return whether there may be more.

    Their contact points were ended with their last child; here goes what names them.
    """
    store.note_alone(session, now)
    due = store.take_alone(session, now - KEPT_AFTER_DELETION, ERASED_AT_ONCE)
    for school_id, guardian_ids in _by_school(due).items():
        # A child that was given to one of them since the note keeps it.
        lonely = store.list_lonely(session, school_id, guardian_ids)
        if not lonely:
            continue
        counts = _erase_guardians(session, school_id, lonely, [])
        _record(session, school_id, counts | {"phone_numbers": 0, "members": 0})
    return len(due) == ERASED_AT_ONCE


def _by_school(people: Iterable[Member | Guardian]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for person in people:
        found.setdefault(person.school_id, []).append(person.id)
    return found


def _erase(session: Session, school_id: UUID, member_ids: Sequence[UUID]) -> None:
    links = store.end_links(session, school_id, member_ids)
    for link in links:
        events.put_guardianship_ended(session, link)
    guardian_ids = store.list_lonely(session, school_id, {link.guardian_id for link in links})
    counts = _erase_guardians(session, school_id, guardian_ids, member_ids)
    counts |= {
        "phone_numbers": store.erase_numbers(session, school_id, member_ids),
        "members": store.erase_members(session, school_id, member_ids),
    }
    _record(session, school_id, counts)


def _erase_guardians(
    session: Session, school_id: UUID, guardian_ids: Sequence[UUID], member_ids: Sequence[UUID]
) -> dict[str, int]:
    """Erase guardians, and the contact points of them and of members; return how many."""
    for point_id in store.list_points_of(session, school_id, guardian_ids, member_ids):
        events.put_contact_point_ended(session, school_id, point_id)
    points = store.erase_points(session, school_id, guardian_ids, member_ids)
    guardians = store.erase_guardians(session, school_id, guardian_ids)
    return {"contact_points": points, "guardians": guardians}


def _record(session: Session, school_id: UUID, counts: dict[str, int]) -> None:
    actor = Actor(school_id, "system", None)
    events.record_operation(session, actor, MEMBERS_ERASED, ("roster", None), **counts)
    log.info("members.erased", **counts)
