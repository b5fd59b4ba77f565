"""Statuses that begin by themselves on their day (DIR-12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common import clock
from common.errors import ServiceError
from common.operations import MEMBER_CHANGED
from common.schemas import Envelope
from directory import events
from directory.actions.groups import check_members_in_scope
from directory.actions.members import Terms
from directory.actions.places import load_taken
from directory.domain.places import PupilPlaces, TakenPlaces
from directory.domain.scope import Actor
from directory.domain.words import STAYING
from directory.store import groups as group_store
from directory.store import members as store
from directory.store.members import EnrolledMember

log = structlog.get_logger()


def drop_plan(session: Session, actor: Actor, member_id: UUID) -> None:
    """Give up a person's planned status; where none is planned nothing changes."""
    member = store.hold_member(session, actor.school_id, member_id).member
    tree = group_store.load_tree(session, actor.school_id)
    check_members_in_scope(session, actor, tree, {member_id})
    if member.planned_status is None:
        return
    member.planned_status, member.planned_since = None, None
    fields = ["planned_status"]
    events.record_operation(session, actor, MEMBER_CHANGED, ("member", member_id), fields=fields)


def tell_due_statuses(session: Session, *, now: datetime) -> datetime:
    """Have each school turn the statuses that are due; return the next midnight in Japan.

    A job: it only says that they are due. The worker asks for the contract's limit first, outside
    of every transaction.
    """
    today = clock.to_jst(now).date()
    for school_id in store.list_schools_with_due(session, today):
        events.put_statuses_due(session, school_id)
    return datetime.combine(today + timedelta(days=1), time(), clock.JST)


def find_limit(member_limit: Callable[[UUID], int | None]) -> Callable[[Envelope], int | None]:
    """Return the handler's first half: it asks how many people the contract allows."""

    def gather(event: Envelope) -> int | None:
        assert event.school_id is not None
        return member_limit(event.school_id)

    return gather


def turn_due_statuses(
    session: Session, event: Envelope, limit: int | None, *, now: datetime
) -> None:
    """Let the planned statuses of a school begin that are due.

    Each is checked as by hand. One that is refused stays planned, and is tried again every hour.
    """
    assert event.school_id is not None
    terms = Terms(limit, now)
    group_store.lock_root(session, event.school_id)
    due = store.hold_due(session, event.school_id, terms.today)
    taken = load_taken(session, event.school_id, limit)
    # Who leaves makes room for who comes on the same day.
    for seated in sorted(due, key=_stays):
        try:
            _turn(session, seated, taken)
        except ServiceError as refused:
            log.warning("status.refused", member_id=str(seated.member.id), code=refused.code)


def _stays(seated: EnrolledMember) -> bool:
    return seated.member.planned_status in STAYING


def _turn(session: Session, seated: EnrolledMember, taken: TakenPlaces) -> None:
    """Let one person's planned status begin; raise Refused or Invalid, and change nothing."""
    member = seated.member
    status, since = member.planned_status, member.planned_since
    assert status is not None
    assert since is not None
    taken.turn(_places_of(seated), status)
    member.status, member.status_since = status, since
    member.planned_status, member.planned_since = None, None
    by_itself = Actor(member.school_id, "system", None)
    target = ("member", member.id)
    events.record_operation(session, by_itself, MEMBER_CHANGED, target, fields=["status"])


def _places_of(seated: EnrolledMember) -> PupilPlaces:
    member = seated.member
    return PupilPlaces(
        member_id=member.id,
        kind=member.kind,
        status=member.status,
        name=member.display_name,
        class_id=seated.class_id,
        number=member.number,
        management_number=member.management_number,
    )
