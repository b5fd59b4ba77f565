"""Queries on members."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.domain.errors import NoSuch, RosterConflict
from directory.domain.places import PupilPlaces
from directory.domain.words import (
    PRESENT,
    WITHIN_LIMIT,
    GroupKind,
    MemberKind,
    MembershipKind,
    MemberStatus,
)
from directory.store.groups import is_seat
from directory.store.models import Group, Member, Membership


@dataclass(frozen=True, slots=True)
class DeletedFilter:
    """Which deleted members a page holds: at most `limit`, deleted before `before` (moment, id)."""

    kind: str
    limit: int
    before: tuple[datetime, UUID] | None = None
    scope: frozenset[UUID] | None = None


@dataclass(frozen=True, slots=True)
class EnrolledMember:
    """A member and the class in which it is enrolled."""

    member: Member
    class_id: UUID | None


def get_member(session: Session, school_id: UUID, member_id: UUID) -> EnrolledMember:
    """Return a member of this school; raise NotFound."""
    row = session.execute(seated(school_id).where(Member.id == member_id)).one_or_none()
    if row is None:
        raise NoSuch("member")
    return EnrolledMember(row[0], row[1])


def find_staff(session: Session, school_id: UUID, member_id: UUID) -> Member | None:
    """Return one of the staff who is at this school now, or None."""
    query = select(Member).where(
        Member.school_id == school_id,
        Member.id == member_id,
        Member.kind == MemberKind.STAFF.value,
        Member.status == MemberStatus.ACTIVE.value,
        Member.deleted_at.is_(None),
    )
    return session.scalar(query)


def hold_member(session: Session, school_id: UUID, member_id: UUID) -> EnrolledMember:
    """Return a member of this school, held for a change; raise NotFound."""
    statement = seated(school_id).where(Member.id == member_id)
    row = session.execute(statement.with_for_update(of=Member)).one_or_none()
    if row is None:
        raise NoSuch("member")
    return EnrolledMember(row[0], row[1])


def find_seated(
    session: Session, school_id: UUID, class_id: UUID, number: int, besides: UUID
) -> Member | None:
    """Return who else sits in a class with this 出席番号, or None."""
    others = seated(school_id).where(
        Membership.group_id == class_id,
        Member.number == number,
        *_present_besides(besides),
    )
    return session.scalars(others.limit(1)).first()


def find_numbered(
    session: Session, school_id: UUID, management_number: str, besides: UUID
) -> Member | None:
    """Return which other pupil has this 管理番号, or None."""
    others = seated(school_id).where(
        Member.management_number == management_number,
        *_present_besides(besides),
    )
    return session.scalars(others.limit(1)).first()


def list_places(
    session: Session, school_id: UUID, class_id: UUID | None = None
) -> list[PupilPlaces]:
    """Return what the pupils of a school, or of a class, keep others from."""
    statement = (
        select(
            Member.id,
            Member.kind,
            Member.status,
            Member.display_name,
            Membership.group_id,
            Member.number,
            Member.management_number,
        )
        .outerjoin(Membership, is_seat(school_id))
        .where(
            Member.school_id == school_id,
            Member.deleted_at.is_(None),
            Member.kind == MemberKind.PUPIL.value,
            Member.status.in_(PRESENT),
        )
    )
    if class_id is not None:
        statement = statement.where(Membership.group_id == class_id)
    rows = session.execute(statement.order_by(Member.kana, Member.id))
    return [PupilPlaces(*row) for row in rows]


def last_numbers(session: Session, school_id: UUID) -> dict[UUID, int]:
    """Return class → the highest 出席番号 of the pupils who are in it or will be."""
    rows = session.execute(
        select(Membership.group_id, func.max(Member.number))
        .join(Member, is_seat(school_id))
        .where(
            Member.school_id == school_id,
            Member.deleted_at.is_(None),
            Member.status.in_(PRESENT),
            Member.number.is_not(None),
        )
        .group_by(Membership.group_id)
    )
    return {class_id: number or 0 for class_id, number in rows}


def _present_besides(member_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        Member.kind == MemberKind.PUPIL.value,
        Member.status.in_(PRESENT),
        Member.id != member_id,
    )


def add_member(session: Session, member: Member) -> None:
    """Add a member; raise Refused when its id, given by the caller, is in use in any school."""
    session.add(member)
    try:
        session.flush()
    except IntegrityError as error:
        raise RosterConflict() from error


def find_members(
    session: Session,
    school_id: UUID,
    member_ids: Collection[UUID],
    *,
    with_deleted: bool = False,
) -> list[EnrolledMember]:
    """Return those of these ids that are this school's, deleted ones only where asked for."""
    people = _seated_ever(school_id) if with_deleted else seated(school_id)
    rows = session.execute(people.where(Member.id.in_(member_ids)))
    return [EnrolledMember(row[0], row[1]) for row in rows]


def list_deleted(session: Session, school_id: UUID, wanted: DeletedFilter) -> list[EnrolledMember]:
    """Return who was deleted, the latest first."""
    statement = _seated_ever(school_id).where(
        Member.deleted_at.is_not(None),
        Member.kind == wanted.kind,
    )
    if wanted.scope is not None:
        statement = statement.where(is_in(school_id, wanted.scope))
    if wanted.before is not None:
        place = tuple_(Member.deleted_at, Member.id)
        moment, member_id = wanted.before
        last = literal(moment, Member.deleted_at.type), literal(member_id, Member.id.type)
        statement = statement.where(place < tuple_(*last))
    latest_first = statement.order_by(Member.deleted_at.desc(), Member.id.desc())
    rows = session.execute(latest_first.limit(wanted.limit))
    return [EnrolledMember(row[0], row[1]) for row in rows]


def hold_deleted(session: Session, school_id: UUID, member_id: UUID) -> EnrolledMember:
    """Return a deleted member of this school, held for a change; raise NotFound."""
    statement = _seated_ever(school_id).where(
        Member.id == member_id,
        Member.deleted_at.is_not(None),
    )
    row = session.execute(statement.with_for_update(of=Member)).one_or_none()
    if row is None:
        raise NoSuch("member")
    return EnrolledMember(row[0], row[1])


def hold_members(session: Session, school_id: UUID, member_ids: Collection[UUID]) -> list[Member]:
    """Return those of these ids that are on the roster, held for a change."""
    statement = select(Member).where(
        Member.school_id == school_id,
        Member.id.in_(member_ids),
        Member.deleted_at.is_(None),
    )
    return list(session.scalars(statement.order_by(Member.id).with_for_update()))


def list_schools_with_due(session: Session, today: date) -> list[UUID]:
    """Return the schools where a planned status is due."""
    due = select(Member.school_id).where(*_is_due(today)).distinct()
    return list(session.scalars(due.order_by(Member.school_id)))


def hold_due(session: Session, school_id: UUID, today: date) -> list[EnrolledMember]:
    """Return whose planned status is due at a school, held for a change, the earliest first."""
    due = seated(school_id).where(*_is_due(today)).order_by(Member.planned_since, Member.id)
    rows = session.execute(due.with_for_update(of=Member))
    return [EnrolledMember(row[0], row[1]) for row in rows]


def _is_due(today: date) -> tuple[ColumnElement[bool], ...]:
    return (Member.planned_since <= today, Member.deleted_at.is_(None))


def count_within_limit(session: Session, school_id: UUID) -> int:
    """Return how many people count against the contract's limit: who is at the school now."""
    statement = (
        select(func.count())
        .select_from(Member)
        .where(
            Member.school_id == school_id,
            Member.status.in_(WITHIN_LIMIT),
            Member.deleted_at.is_(None),
        )
    )
    return session.scalar(statement) or 0


def roster_is_empty(session: Session, school_id: UUID) -> bool:
    """Return whether the school has neither pupils nor classes.

    Staff may be there before the first roster comes.
    """
    pupil = (
        select(Member.id)
        .where(
            Member.school_id == school_id,
            Member.kind == MemberKind.PUPIL.value,
        )
        .limit(1)
    )
    room = (
        select(Group.id)
        .where(
            Group.school_id == school_id,
            Group.kind == GroupKind.CLASS.value,
        )
        .limit(1)
    )
    return session.scalar(pupil) is None and session.scalar(room) is None


def seated(school_id: UUID, *more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Select who is on the roster, with the class in which they are enrolled now."""
    return _seated_ever(school_id, *more).where(Member.deleted_at.is_(None))


def _seated_ever(school_id: UUID, *more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Select members, deleted ones too, with their class, in one statement."""
    return (
        select(Member, Membership.group_id, *more)
        .outerjoin(Membership, is_seat(school_id))
        .where(Member.school_id == school_id)
    )


def is_in(
    school_id: UUID, groups: Collection[UUID], kind: MembershipKind | None = None
) -> ColumnElement[bool]:
    """Return the condition of being in any of these groups, or of being so in this way."""
    inside = select(Membership.member_id).where(
        Membership.school_id == school_id,
        Membership.group_id.in_(groups),
    )
    if kind is not None:
        inside = inside.where(Membership.kind == kind.value)
    return Member.id.in_(inside)
