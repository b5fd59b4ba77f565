"""Pages of people in the order of lists: by class, 出席番号 and reading (DIR-1, DIR-11).

The names are looked through as they stand, row by row: an index of trigrams would find no name of
two characters, which most families have (docs/measured.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Tuple,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from common.db import ranked
from directory.domain.tree import Tree
from directory.domain.words import MembershipKind, Reachability
from directory.store.members import EnrolledMember, is_in
from directory.store.models import Member, Membership
from directory.store.reach import is_reached_as

# Who has no 出席番号 is listed behind all who have one.
NO_NUMBER = 10_000
# Who is in no class is listed behind all classes.
NO_CLASS = 1_000_000
# Where somebody stands in a list: the class's rank, number, reading, id.
SortKey = tuple[int, int, str, UUID]


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Which members a list holds.

    `room`: enrolled in this class; `groups`, `scope`: in any of these groups; `statuses`: having
    any of these, where `status` names none.
    """

    search: str = ""
    room: UUID | None = None
    number: int | None = None
    groups: frozenset[UUID] | None = None
    scope: frozenset[UUID] | None = None
    kind: str | None = None
    status: str | None = None
    reach: Reachability | None = None
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of a list: at most `limit`, from behind a place, or those just before one."""

    limit: int
    behind: SortKey | None = None
    before: SortKey | None = None


def list_members(
    session: Session, school_id: UUID, tree: Tree, wanted: MemberFilter, stretch: Stretch
) -> list[EnrolledMember]:
    """Return a part of a list, in its order.

    First the places are sorted, then who stands there is read: with all that is known of each
    person in hand the sort would take twice as long.
    """
    seats = _seats(school_id, tree)
    key = _sort_key(seats)
    places = (
        select(Member.id, seats.c.group_id)
        .outerjoin(seats, seats.c.member_id == Member.id)
        .where(*_conditions(school_id, wanted))
    )
    part = _part_of(places, key, stretch).subquery()
    rows = session.execute(select(Member, part.c.group_id).join(part, part.c.id == Member.id))
    found = [EnrolledMember(row[0], row[1]) for row in rows]
    ranks = class_ranks(tree)
    return sorted(found, key=lambda seated: sort_key_of(seated, ranks))


def count_members(session: Session, school_id: UUID, wanted: MemberFilter) -> int:
    """Return how many people a list holds."""
    people = select(func.count()).select_from(Member)
    return session.scalar(people.where(*_conditions(school_id, wanted))) or 0


def class_ranks(tree: Tree) -> dict[UUID, int]:
    """Return each class's place among the classes."""
    return {class_id: rank for rank, class_id in enumerate(tree.ranks())}


def sort_key_of(seated: EnrolledMember, ranks: Mapping[UUID, int]) -> SortKey:
    """Return where somebody stands in a list. `ranks`: of the classes."""
    member = seated.member
    rank = NO_CLASS
    if seated.class_id is not None:
        rank = ranks.get(seated.class_id, NO_CLASS)
    number = NO_NUMBER if member.number is None else member.number
    return (rank, number, member.kana, member.id)


def _seats(school_id: UUID, tree: Tree) -> Subquery:
    """Select who is enrolled in which class of a tree, and the class's rank.

    The ranks travel as a table: a CASE over a thousand classes would be gone through for each row.
    """
    ranks = ranked(list(tree.ranks()))
    return (
        select(Membership.member_id, Membership.group_id, ranks.c.rank)
        .join(ranks, ranks.c.id == Membership.group_id)
        .where(
            Membership.school_id == school_id,
            Membership.kind == MembershipKind.ENROLLED.value,
        )
        .subquery()
    )


def _sort_key(seats: Subquery) -> tuple[ColumnElement[Any], ...]:
    number = func.coalesce(Member.number, NO_NUMBER)
    rank = func.coalesce(seats.c.rank, NO_CLASS)
    columns = Member.__table__.c
    return (rank, number, columns.kana, columns.id)


def _part_of(
    statement: Select[*tuple[Any, ...]], key: tuple[ColumnElement[Any], ...], stretch: Stretch
) -> Select[*tuple[Any, ...]]:
    """Narrow a list to a part of it; what stands before a place comes out the last one first."""
    if stretch.before is not None:
        backwards = [part.desc() for part in key]
        behind = tuple_(*key) < _typed(key, stretch.before)
        return statement.where(behind).order_by(*backwards).limit(stretch.limit)
    if stretch.behind is not None:
        statement = statement.where(tuple_(*key) > _typed(key, stretch.behind))
    return statement.order_by(*key).limit(stretch.limit)


def _typed(key: tuple[ColumnElement[Any], ...], place: SortKey) -> Tuple:
    parts = zip(place, key, strict=True)
    return tuple_(*(literal(value, part.type) for value, part in parts))


def _conditions(school_id: UUID, wanted: MemberFilter) -> list[ColumnElement[bool]]:
    conditions = [
        Member.school_id == school_id,
        Member.deleted_at.is_(None),
    ]
    if wanted.room is not None:
        conditions.append(is_in(school_id, [wanted.room], MembershipKind.ENROLLED))
        if wanted.number is not None:
            conditions.append(Member.number == wanted.number)
    elif wanted.search:
        conditions.append(Member.search_key.contains(wanted.search, autoescape=True))
    for groups in (wanted.groups, wanted.scope):
        if groups is not None:
            conditions.append(is_in(school_id, groups))
    if wanted.kind:
        conditions.append(Member.kind == wanted.kind)
    if wanted.status:
        conditions.append(Member.status == wanted.status)
    elif wanted.statuses:
        conditions.append(Member.status.in_(wanted.statuses))
    if wanted.reach:
        conditions.append(is_reached_as(school_id, wanted.reach))
    return conditions
