"""Queries on import plans, and the writing of their steps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from common.db import rowcount
from directory.domain.errors import NoSuch
from directory.domain.words import ImportStage, MembershipKind
from directory.store import groups as group_store
from directory.store.models import Base, ContactPoint, Guardian, Guardianship, ImportPlan, Member
from directory.store.phone_numbers import hold_members, remove_numbers
from directory.store.rosters import write_rows

CHANGED: dict[str, type[Base]] = {
    "members": Member,
    "guardians": Guardian,
    "guardianships": Guardianship,
    "contact_points": ContactPoint,
}


def add_plan(session: Session, plan: ImportPlan) -> None:
    session.add(plan)
    session.flush()


def get_plan(session: Session, school_id: UUID, plan_id: UUID, *, now: datetime) -> ImportPlan:
    """Return a plan that has not expired; raise NotFound."""
    plan = session.scalar(
        select(ImportPlan).where(
            ImportPlan.school_id == school_id, ImportPlan.id == plan_id, ImportPlan.expires_at > now
        )
    )
    if plan is None:
        raise NoSuch("import_plan")
    return plan


def hold_plan(session: Session, school_id: UUID, plan_id: UUID) -> ImportPlan | None:
    """Return a plan and lock it; None where somebody else has it locked."""
    return session.scalar(
        select(ImportPlan)
        .where(ImportPlan.school_id == school_id, ImportPlan.id == plan_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def find_plan_at(
    session: Session, school_id: UUID, plan_id: UUID, stages: Collection[ImportStage]
) -> ImportPlan | None:
    """Return a plan that is at one of these stages, and lock it."""
    return session.scalar(
        select(ImportPlan)
        .where(
            ImportPlan.school_id == school_id,
            ImportPlan.id == plan_id,
            ImportPlan.stage.in_(stages),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def hold_silent(
    session: Session, stages: Collection[ImportStage], before: datetime
) -> list[ImportPlan]:
    """Return the plans of all schools whose stage began before a moment, but those in hand."""
    statement = select(ImportPlan).where(
        ImportPlan.stage.in_(stages), ImportPlan.stage_at <= before
    )
    return list(session.scalars(statement.with_for_update(skip_locked=True)))


def find_first_asked_at(session: Session, stages: Collection[ImportStage]) -> datetime | None:
    """Return when the oldest of the plans at these stages was asked for, of all schools."""
    oldest = select(ImportPlan.asked_at).where(ImportPlan.stage.in_(stages))
    return session.scalar(oldest.order_by(ImportPlan.asked_at).limit(1))


def lock_plans(session: Session, school_id: UUID) -> None:
    """Let one application of a plan at a time pass in a school.

    Each locks all plans, so also that of the other.
    """
    session.execute(
        select(ImportPlan.id)
        .where(ImportPlan.school_id == school_id)
        .order_by(ImportPlan.id)
        .with_for_update()
    )
    group_store.lock_root(session, school_id)


def write_steps(
    session: Session,
    school_id: UUID,
    added: dict[str, list[dict[str, Any]]],
    changed: dict[str, list[dict[str, Any]]],
    left: Collection[tuple[UUID, UUID]] = (),
) -> None:
    """Write the rows to add and the columns to change, by table; `left`: (group, member) to part.

    Who is enrolled anew leaves the class of that year. Numbers to call are the whole list of a
    child, and take the place of those it had.
    """
    new = {row["id"] for row in added["members"]}
    moved: dict[tuple[UUID, int], list[UUID]] = {}
    for row in added["memberships"]:
        is_enrolled = row["kind"] == MembershipKind.ENROLLED.value
        if row["member_id"] not in new and is_enrolled:
            room = row["group_id"], row["fiscal_year"]
            moved.setdefault(room, []).append(row["member_id"])
    for (group_id, year), member_ids in moved.items():
        group_store.leave_class(session, school_id, member_ids, year)
        # Who joined the class before, and is enrolled in it now.
        group_store.remove_memberships(session, school_id, member_ids, [group_id])
    _part(session, school_id, left)
    called = {row["member_id"] for row in added["phone_numbers"]}
    hold_members(session, school_id, called)
    remove_numbers(session, school_id, called)
    write_rows(session, added)
    for name, model in CHANGED.items():
        for rows in _alike(changed[name]):
            session.execute(update(model), rows)


def _part(session: Session, school_id: UUID, pairs: Collection[tuple[UUID, UUID]]) -> None:
    """Take members out of groups, those of one group at once."""
    by_group: dict[UUID, list[UUID]] = {}
    for group_id, member_id in pairs:
        by_group.setdefault(group_id, []).append(member_id)
    for group_id, member_ids in by_group.items():
        group_store.remove_memberships(session, school_id, member_ids, [group_id])


def _alike(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the rows in groups that name the same columns, as one statement needs them."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return list(groups.values())


def erase_plans(session: Session, before: datetime) -> int:
    """Erase the plans of all schools that expired before a moment; return how many."""
    result = session.execute(delete(ImportPlan).where(ImportPlan.expires_at <= before))
    return rowcount(result)
