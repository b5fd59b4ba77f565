"""Queries on what is told of a school's families every Monday."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Table, case, delete, func, or_, select
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from directory.domain.words import ADDRESSED, MemberKind
from directory.store.models import (
    ContactPoint,
    LineLink,
    Member,
    ReachWeek,
    RegistrationApp,
    RegistrationMail,
)


def list_schools_untold(session: Session, monday: date, most: int) -> list[UUID]:
    """Return schools with pupils of which nothing was told on a Monday yet."""
    told = select(ReachWeek.school_id).where(ReachWeek.monday == monday)
    schools = (
        select(Member.school_id)
        .where(
            Member.kind == MemberKind.PUPIL.value,
            Member.status.in_(ADDRESSED),
            Member.deleted_at.is_(None),
            Member.school_id.not_in(told),
        )
        .distinct()
        .order_by(Member.school_id)
        .limit(most)
    )
    return list(session.scalars(schools))


def find_week(session: Session, school_id: UUID, monday: date) -> set[str] | None:
    """Return whom nothing reached on a Monday, None where that was not noted."""
    week = session.get(ReachWeek, (school_id, monday))
    return set(week.unreachable) if week else None


def note_week(
    session: Session, school_id: UUID, monday: date, unreachable: Collection[str]
) -> bool:
    """Note whom nothing reaches; return False where another process was faster, and has told."""
    row = {"school_id": school_id, "monday": monday, "unreachable": sorted(unreachable)}
    return insert_new(session, cast(Table, ReachWeek.__table__), [row]) == 1


def count_registered(session: Session, school_id: UUID, since: datetime) -> int:
    """Return how many guardians came in by a registration since a moment.

    Whom a roster file brought is none of them, nor who had a contact point before.
    """
    came_in = or_(
        ContactPoint.id.in_(select(RegistrationMail.id)),
        ContactPoint.id.in_(select(RegistrationApp.id)),
        ContactPoint.id.in_(select(LineLink.id)),
    )
    first = (
        select(ContactPoint.guardian_id)
        .where(ContactPoint.school_id == school_id, ContactPoint.guardian_id.is_not(None))
        .group_by(ContactPoint.guardian_id)
        .having(
            func.min(ContactPoint.created_at) >= since,
            func.sum(case((came_in, 1), else_=0)) > 0,
        )
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(first)) or 0


def forget_weeks(session: Session, before: date) -> None:
    """Delete what was told before a day."""
    session.execute(delete(ReachWeek).where(ReachWeek.monday < before))
