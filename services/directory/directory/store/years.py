"""Queries on the change of the school year (DIR-10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from common.db import rowcount
from common.db.bulk import insert_new
from directory.domain.errors import NoSuch
from directory.domain.tree import Tree
from directory.domain.words import PRESENT, GroupKind, MemberKind, MembershipKind
from directory.domain.year_change.plan import Decided, Pupil
from directory.store.models import (
    Group,
    Member,
    Membership,
    YearChange,
    YearPlace,
    table,
)

Row = dict[str, Any]


def find_change(session: Session, school_id: UUID) -> YearChange | None:
    """Return the newest change of the year of a school."""
    newest = (
        select(YearChange)
        .where(YearChange.school_id == school_id)
        .order_by(YearChange.fiscal_year.desc())
        .limit(1)
    )
    return session.scalar(newest)


def get_change(session: Session, school_id: UUID) -> YearChange:
    """Return the newest change of the year of a school; raise NotFound where there is none."""
    change = find_change(session, school_id)
    if change is None:
        raise NoSuch("year_change")
    return change


def add_change(session: Session, change: YearChange, groups: Iterable[Group]) -> None:
    """Write a draft with the classes of its year, each behind the one above it."""
    session.add(change)
    for group in groups:
        session.add(group)
        session.flush()


def list_pupils(session: Session, school_id: UUID, tree: Tree) -> list[Pupil]:
    """Return the pupils who are at the school or come to it, with their classes in a tree."""
    classes: dict[UUID, UUID] = {}
    joined: dict[UUID, list[UUID]] = {}
    memberships = select(Membership.member_id, Membership.group_id, Membership.kind).where(
        Membership.school_id == school_id
    )
    for member_id, group_id, kind in session.execute(memberships):
        node = tree.nodes.get(group_id)
        if node is None or node.kind != GroupKind.CLASS:
            continue
        if kind == MembershipKind.ENROLLED:
            classes[member_id] = group_id
        else:
            joined.setdefault(member_id, []).append(group_id)
    rows = session.execute(
        select(
            Member.id,
            Member.display_name,
            Member.kana,
            Member.status,
            Member.number,
            Member.planned_since,
        )
        .where(
            Member.school_id == school_id,
            Member.kind == MemberKind.PUPIL.value,
            Member.status.in_(PRESENT),
            Member.deleted_at.is_(None),
        )
        .order_by(Member.id)
    )
    return [
        Pupil(
            id=row.id,
            name=row.display_name,
            kana=row.kana,
            status=row.status,
            number=row.number,
            class_id=classes.get(row.id),
            joined=tuple(joined.get(row.id, ())),
            planned_since=row.planned_since,
        )
        for row in rows
    ]


def list_decided(session: Session, change_id: UUID) -> dict[UUID, Decided]:
    """Return member → what the office decided."""
    rows = session.execute(
        select(
            YearPlace.member_id,
            YearPlace.group_id,
            YearPlace.number,
            YearPlace.graduates,
        ).where(YearPlace.change_id == change_id, YearPlace.decided)
    )
    return {row.member_id: Decided(row.group_id, row.number, row.graduates) for row in rows}


def set_decided(session: Session, change: YearChange, places: Mapping[UUID, Decided]) -> None:
    """Keep what the office decided for these children, in place of what it had decided."""
    forget_decided(session, change, places.keys())
    rows = [
        {
            "member_id": member_id,
            "group_id": place.group_id,
            "number": place.number,
            "graduates": place.graduates,
            "decided": True,
            "before": None,
        }
        for member_id, place in places.items()
    ]
    _insert_places(session, change, rows)


def forget_decided(session: Session, change: YearChange, member_ids: Collection[UUID]) -> None:
    """Let the rule apply again to these children."""
    session.execute(
        delete(YearPlace).where(
            YearPlace.change_id == change.id,
            YearPlace.member_id.in_(list(member_ids)),
        )
    )


def replace_places(session: Session, change: YearChange, rows: Sequence[Row]) -> None:
    """Write all places of a change anew."""
    session.execute(delete(YearPlace).where(YearPlace.change_id == change.id))
    _insert_places(session, change, rows)


def _insert_places(session: Session, change: YearChange, rows: Sequence[Row]) -> None:
    owner = {"change_id": change.id, "school_id": change.school_id}
    insert_new(session, table(YearPlace), rows, owner)


def list_places(session: Session, change_id: UUID) -> list[YearPlace]:
    """Return what an applied change did, child by child."""
    return list(session.scalars(select(YearPlace).where(YearPlace.change_id == change_id)))


def set_planned(session: Session, school_id: UUID, fiscal_year: int, *, planned: bool) -> None:
    """Let the classes of a year be a plan, or be what the school works with."""
    session.execute(
        update(Group)
        .where(
            Group.school_id == school_id,
            Group.kind == GroupKind.CLASS.value,
            Group.fiscal_year == fiscal_year,
        )
        .values(planned=planned)
    )


def hold_members(
    session: Session, school_id: UUID, member_ids: Iterable[UUID]
) -> dict[UUID, Member]:
    """Return these members, held for a change."""
    members = session.scalars(
        select(Member)
        .where(Member.school_id == school_id, Member.id.in_(list(member_ids)))
        .order_by(Member.id)
        .with_for_update()
    )
    return {member.id: member for member in members}


def enrol(session: Session, school_id: UUID, fiscal_year: int, rows: Sequence[Row]) -> None:
    """Put children into the classes of a year."""
    same = {"school_id": school_id, "fiscal_year": fiscal_year}
    insert_new(session, table(Membership), rows, same)


def leave_year(session: Session, school_id: UUID, tree: Tree) -> None:
    """Take everybody out of the classes of a year."""
    session.execute(
        delete(Membership)
        .where(Membership.school_id == school_id, Membership.group_id.in_(list(tree.nodes)))
        .execution_options(synchronize_session=False)
    )


def drop_deleted(session: Session, school_id: UUID, fiscal_year: int) -> None:
    """Delete for good the classes of a year that were deleted by hand; nobody is to restore them.

    They would hold their parents, which are a plan again.
    """
    gone = list(
        session.scalars(
            select(Group.id).where(
                Group.school_id == school_id,
                Group.kind == GroupKind.CLASS.value,
                Group.fiscal_year == fiscal_year,
                Group.deleted_at.is_not(None),
            )
        )
    )
    for model in (Membership, YearPlace):
        session.execute(delete(model).where(model.group_id.in_(gone)))
    session.execute(delete(Group).where(Group.id.in_(gone)))


def drop_change(session: Session, change: YearChange, tree: Tree) -> None:
    """Delete a draft with its classes, the lowest first."""
    session.execute(delete(YearPlace).where(YearPlace.change_id == change.id))
    deepest_first = sorted(tree.nodes.values(), key=lambda node: -node.depth)
    for node in deepest_first:
        session.execute(delete(Group).where(Group.id == node.id))
    session.delete(change)


def list_due(session: Session, now: datetime) -> list[UUID]:
    """Return the schools whose chosen moment has come."""
    due = select(YearChange.school_id).where(
        YearChange.starts_at <= now,
        YearChange.applied_at.is_(None),
        YearChange.refused.is_(None),
    )
    return list(session.scalars(due))


def forget_places(session: Session, applied_until: datetime) -> int:
    """Erase what only an undo needs, of changes that can be undone no more; return how many."""
    closed = select(YearChange.id).where(YearChange.applied_at <= applied_until)
    statement = delete(YearPlace).where(YearPlace.change_id.in_(closed))
    return rowcount(session.execute(statement.execution_options(synchronize_session=False)))


def count_new_classes(
    session: Session, school_id: UUID, fiscal_year: int, group_ids: Collection[UUID]
) -> int:
    """Return how many of these groups are classes of a year; 全校 is none."""
    statement = (
        select(func.count())
        .select_from(Group)
        .where(
            Group.school_id == school_id,
            Group.kind == GroupKind.CLASS.value,
            Group.fiscal_year == fiscal_year,
            Group.parent_id.is_not(None),
            Group.id.in_(list(group_ids)),
        )
    )
    return session.scalar(statement) or 0
