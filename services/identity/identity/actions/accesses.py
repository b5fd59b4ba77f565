"""Operators look at a school's data: begun with a reason, each look told to the school (ID-10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import ACCESS_BEGUN, ACCESS_ENDED, ACCESS_USED
from common.words import SchoolPart
from identity import events
from identity.domain.accesses import AccessOpen, AccessOver, NewAccess, check_access
from identity.domain.contracts import SchoolClosed
from identity.domain.words import OPEN_STATES, Actor, ActorKind, SchoolState
from identity.store import accesses, operators, schools
from identity.store.models import OperatorAccess


def begin_access(session: Session, new: NewAccess, *, now: datetime) -> OperatorAccess:
    """Let an operator look at a school's data for some minutes; the same `id` again: the same one.

    Raise Invalid, NotFound, SchoolClosed, AccessOpen beside another one, or AccessOver for an id
    whose access has ended.
    """
    check_access(new)
    # Two presses at the same time stand in line here.
    operators.lock_operator(session, new.operator_id)
    school = schools.get_school(session, new.school_id)
    if school.state not in OPEN_STATES:
        raise SchoolClosed(SchoolState(school.state))
    standing = accesses.find_open(session, new.school_id, new.operator_id, now)
    if standing is not None and standing.id == new.id:
        return standing
    if standing is not None:
        raise AccessOpen()
    if session.get(OperatorAccess, new.id) is not None:
        raise AccessOver()
    access = OperatorAccess(
        id=new.id,
        operator_id=new.operator_id,
        school_id=new.school_id,
        reason=new.reason,
        begun_at=now,
        ends_at=now + timedelta(minutes=new.minutes),
        ended_at=None,
    )
    session.add(access)
    session.flush()
    events.record_of_access(
        session,
        ACCESS_BEGUN,
        _operator_of(access),
        access.id,
        school_id=access.school_id,
        minutes=new.minutes,
    )
    return access


def use_access(
    session: Session, access: OperatorAccess, part: SchoolPart, *, now: datetime
) -> None:
    """Tell the school that an operator looks at a part of its data now; raise AccessOver."""
    if access.ended_at is not None or access.ends_at <= now:
        raise AccessOver()
    events.record_of_access(
        session,
        ACCESS_USED,
        _operator_of(access),
        access.id,
        school_id=access.school_id,
        part=part.value,
    )


def end_access(session: Session, access: OperatorAccess, *, now: datetime) -> None:
    """End an access at its operator's wish; ending one that has ended changes nothing."""
    if access.ended_at is None:
        _end(session, access, _operator_of(access), now)


def end_accesses_of(session: Session, operator_id: UUID, *, now: datetime) -> None:
    """End what an operator who is removed may still look at."""
    for access in accesses.lock_open_of(session, operator_id):
        _end(session, access, Actor(ActorKind.SYSTEM), now)


def end_due_accesses(session: Session, *, now: datetime) -> None:
    """Write down the end of accesses whose time is over. A job: nobody looks by them any more."""
    for access in accesses.lock_due(session, now):
        _end(session, access, Actor(ActorKind.SYSTEM), now)


def _end(session: Session, access: OperatorAccess, actor: Actor, now: datetime) -> None:
    # The job comes up to a minute late, and nobody could look in that minute.
    access.ended_at = min(now, access.ends_at)
    events.record_of_access(
        session,
        ACCESS_ENDED,
        actor,
        access.id,
        school_id=access.school_id,
    )


def _operator_of(access: OperatorAccess) -> Actor:
    return Actor(ActorKind.OPERATOR, access.operator_id)
