"""Queries of frozen audiences: a few statements, however many members.

With one for each member a large school would wait at its confirm screen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    delete,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from common.db import among
from common.db.bulk import insert_new
from common.words import Channel
from directory.domain.audience import Addressed, Point
from directory.domain.errors import NoSuch
from directory.domain.words import ADDRESSED, ContactState, MemberKind, MemberStatus
from directory.store.groups import LAST_DAY_OF_BOTH_YEARS, is_seat
from directory.store.member_lists import NO_NUMBER
from directory.store.models import (
    ContactPoint,
    Guardianship,
    Member,
    Membership,
    Snapshot,
    SnapshotMember,
)
from directory.store.reach import standings

FEW_OWNERS = 500
# Members read beyond the end of a page. A page ends with a whole household; hardly any has more
# members than this, so that the rest of the last one need not be asked for.
LARGE_HOUSEHOLD = 20
# Position, household, member_id, class_id, guardian_ids, display_name.
SnapshotRow = Row[int, int, UUID, UUID | None, list[str], str]


@dataclass(frozen=True, slots=True)
class Listed:
    """What the order of an audience needs of one of its people."""

    class_id: UUID | None
    number: int
    kana: str
    is_staff: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom an audience names: groups with all that is below them, and single people.

    `former`: those of the groups that are last year's classes; who has just graduated from one of
    them is still reached through it.
    """

    groups: Collection[UUID]
    member_ids: Collection[UUID] = ()
    former: Collection[UUID] = ()


def list_audience(session: Session, school_id: UUID, chosen: Chosen) -> dict[UUID, Listed]:
    """Return everybody at the school who is in these groups or among these members."""
    rows = session.execute(
        select(
            Member.id,
            Membership.group_id,
            func.coalesce(Member.number, NO_NUMBER),
            Member.kana,
            Member.kind,
        )
        .outerjoin(Membership, is_seat(school_id))
        .where(*_chosen(school_id, chosen))
    )
    return {
        member_id: Listed(class_id, number, kana, kind == MemberKind.STAFF.value)
        for member_id, class_id, number, kana, kind in rows
    }


def list_memberships(session: Session, school_id: UUID, chosen: Chosen) -> list[tuple[UUID, UUID]]:
    """Return (group, member) of all groups of an audience's people: for heads and scope."""
    rows = session.execute(
        select(Membership.group_id, Membership.member_id)
        .join(Member, Member.id == Membership.member_id)
        .where(*_chosen(school_id, chosen))
    )
    return [(group_id, member_id) for group_id, member_id in rows]


def list_guardians(session: Session, school_id: UUID, chosen: Chosen) -> dict[UUID, list[UUID]]:
    """Return member → guardians in their order, for the people of an audience."""
    rows = session.execute(
        select(Guardianship.member_id, Guardianship.guardian_id)
        .join(Member, Member.id == Guardianship.member_id)
        .where(*_chosen(school_id, chosen))
        .order_by(
            Guardianship.member_id,
            Guardianship.position,
            Guardianship.guardian_id,
        )
    )
    found: dict[UUID, list[UUID]] = {}
    for member_id, guardian_id in rows:
        found.setdefault(member_id, []).append(guardian_id)
    return found


def list_points(
    session: Session, school_id: UUID, owners: Collection[UUID]
) -> dict[UUID, list[Point]]:
    """Return guardian or member of staff → contact points.

    Of many owners the whole school's are read in one statement: they are of the same number, and
    each owner's id would be told.
    """
    mine = (
        [or_(among(ContactPoint.guardian_id, owners), among(ContactPoint.member_id, owners))]
        if len(owners) <= FEW_OWNERS
        else []
    )
    owner = func.coalesce(ContactPoint.guardian_id, ContactPoint.member_id)
    rows = session.execute(
        select(
            owner,
            ContactPoint.kind,
            ContactPoint.state,
            ContactPoint.health["code"].as_string(),
        )
        .where(
            ContactPoint.school_id == school_id,
            ContactPoint.state != ContactState.ENDED.value,
            *mine,
        )
        # One owner's side by side: an id that has just been read is not read again.
        .order_by(owner, ContactPoint.created_at, ContactPoint.id)
    )
    # Points that stand alike are one and the same: a large school has hundreds of thousands.
    alike: dict[tuple[str, str, str | None], Point] = {}
    found: dict[UUID, list[Point]] = {}
    for owner_id, *standing in rows:
        if owner_id not in owners:
            continue
        kind, state, code = standing
        point = alike.get((kind, state, code))
        if point is None:
            point = Point(Channel(kind), ContactState(state), code)
            alike[kind, state, code] = point
        found.setdefault(owner_id, []).append(point)
    return found


def list_unreached_pupils(
    session: Session, school_id: UUID, groups: Collection[UUID]
) -> list[UUID]:
    """Return the pupils of these groups for whom no contact point takes an urgent message."""
    known = standings(school_id)
    is_unreached = func.coalesce(known.c.is_live, 0) == 0
    unreached = (
        select(Member.id)
        .outerjoin(known, known.c.member_id == Member.id)
        .where(*are_pupils_of(school_id, groups), is_unreached)
    )
    return list(session.scalars(unreached))


def are_pupils_of(school_id: UUID, groups: Collection[UUID]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of being a pupil of these groups to whom messages go."""
    return (*_chosen(school_id, Chosen(groups)), Member.kind == MemberKind.PUPIL.value)


def save(session: Session, snapshot: Snapshot, households: Iterable[Iterable[Addressed]]) -> None:
    """Write a snapshot and its members, households side by side."""
    session.add(snapshot)
    session.flush()
    rows = [
        {
            "position": position,
            "household": household,
            "member_id": member.member_id,
            "class_id": member.class_id,
            "guardian_ids": [str(guardian_id) for guardian_id in member.guardian_ids],
        }
        for position, (household, member) in enumerate(
            (number, member) for number, members in enumerate(households) for member in members
        )
    ]
    owner = {"snapshot_id": snapshot.id, "school_id": snapshot.school_id}
    insert_new(session, cast(Table, SnapshotMember.__table__), rows, owner)


def get_snapshot(session: Session, school_id: UUID, snapshot_id: UUID) -> Snapshot:
    """Return a snapshot of this school; raise NotFound."""
    snapshot = session.scalar(
        select(Snapshot).where(Snapshot.school_id == school_id, Snapshot.id == snapshot_id)
    )
    if snapshot is None:
        raise NoSuch("snapshot")
    return snapshot


def find_snapshot(session: Session, school_id: UUID, snapshot_id: UUID) -> Snapshot | None:
    """Return a snapshot of this school, held against deletion, or None."""
    return session.scalar(
        select(Snapshot)
        .where(Snapshot.school_id == school_id, Snapshot.id == snapshot_id)
        .with_for_update()
    )


def delete_unreleased(session: Session, before: datetime, most: int) -> int:
    """Delete the `most` oldest snapshots made before a moment to which no message goes.

    Return how many; one that somebody holds stays for the next time.
    """
    oldest = (
        select(Snapshot.id)
        .where(
            Snapshot.released_at.is_(None),
            Snapshot.created_at < before,
        )
        .order_by(Snapshot.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    chosen = list(session.scalars(oldest))
    session.execute(delete(SnapshotMember).where(SnapshotMember.snapshot_id.in_(chosen)))
    session.execute(delete(Snapshot).where(Snapshot.id.in_(chosen)))
    return len(chosen)


def list_page(
    session: Session, school_id: UUID, snapshot_id: UUID, *, after: int, limit: int
) -> Sequence[SnapshotRow]:
    """Return the members behind a position (columns of SnapshotMember), with their names of now.

    `limit` of them, and the rest of the household that began last.

    Positions leave no gap, so a stretch of them is all that is read: PostgreSQL, without statistics
    of a snapshot so young, read and sorted the whole rest of it for each page.
    """
    columns = (
        SnapshotMember.position,
        SnapshotMember.household,
        SnapshotMember.member_id,
        SnapshotMember.class_id,
        SnapshotMember.guardian_ids,
        func.coalesce(Member.display_name, "").label("display_name"),
    )
    query = (
        select(*columns)
        .outerjoin(Member, Member.id == SnapshotMember.member_id)
        .where(
            SnapshotMember.snapshot_id == snapshot_id,
            SnapshotMember.school_id == school_id,
        )
        .order_by(SnapshotMember.position)
    )

    def stretch(start: int, length: int) -> list[Any]:
        inside = query.where(
            SnapshotMember.position > start,
            SnapshotMember.position <= start + length,
        )
        return list(session.execute(inside).all())

    rows = stretch(after, limit + LARGE_HOUSEHOLD)
    while len(rows) > limit and rows[-1].household == rows[limit - 1].household:
        start = rows[-1].position
        further = stretch(start, LARGE_HOUSEHOLD)
        if not further:
            break
        rows += further
    if len(rows) <= limit:
        return rows
    last = rows[limit - 1].household
    rest = rows[limit:]
    of_last = [row for row in rest if row.household == last]
    return [*rows[:limit], *of_last]


def list_links(
    session: Session, school_id: UUID, member_ids: Collection[UUID], today: date
) -> set[tuple[UUID, UUID]]:
    """Return (member, guardian) of the guardianships that these members have now.

    Who was deleted or has left since has none: nothing is sent for them any more. Who has just
    graduated was chosen with last year's class, and is reached through April.
    """
    links = (
        select(Guardianship.member_id, Guardianship.guardian_id)
        .join(Member, Member.id == Guardianship.member_id)
        .where(
            Guardianship.school_id == school_id,
            among(Guardianship.member_id, member_ids),
            _is_on_roster(school_id),
            or_(_is_there(), _has_just_graduated(today)),
        )
    )
    return {(member_id, guardian_id) for member_id, guardian_id in session.execute(links)}


def list_there(
    session: Session, school_id: UUID, member_ids: Collection[UUID], today: date
) -> set[UUID]:
    """Return which of these members are on the roster, and at the school or graduated just now."""
    there = select(Member.id).where(
        among(Member.id, member_ids),
        _is_on_roster(school_id),
        or_(_is_there(), _has_just_graduated(today)),
    )
    return set(session.scalars(there))


def _chosen(school_id: UUID, chosen: Chosen) -> tuple[ColumnElement[bool], ...]:
    by_group = Member.id.in_(_inside(school_id, chosen.groups))
    named = or_(by_group, among(Member.id, chosen.member_ids))
    is_meant = and_(_is_there(), named)
    if chosen.former:
        by_former = Member.id.in_(_inside(school_id, chosen.former))
        is_meant = or_(is_meant, and_(_is_graduate(), by_former))
    return (_is_on_roster(school_id), is_meant)


def _inside(school_id: UUID, groups: Collection[UUID]) -> Select[UUID]:
    return select(Membership.member_id).where(
        Membership.school_id == school_id,
        Membership.group_id.in_(groups),
    )


def _is_on_roster(school_id: UUID) -> ColumnElement[bool]:
    return and_(Member.school_id == school_id, Member.deleted_at.is_(None))


def _is_there() -> ColumnElement[bool]:
    """Return the condition of being somebody to whom a message of the school goes."""
    return Member.status.in_(ADDRESSED)


def _is_graduate() -> ColumnElement[bool]:
    return Member.status == MemberStatus.GRADUATED.value


def _has_just_graduated(today: date) -> ColumnElement[bool]:
    is_spring = today <= date(today.year, *LAST_DAY_OF_BOTH_YEARS)
    if not is_spring:
        return false()
    return and_(_is_graduate(), Member.status_since >= date(today.year, 1, 1))
