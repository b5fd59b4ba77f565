"""Statements by which people and what belongs to nobody else leave the database for good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from common.db import rowcount
from directory.domain.words import ContactState
from directory.store import my_page, own_passwords, registrations
from directory.store.models import (
    Base,
    ContactPoint,
    Guardian,
    Guardianship,
    Member,
    Membership,
    PhoneNumber,
    RegistrationChild,
    RegistrationSheet,
    YearPlace,
)


def take_deleted(session: Session, before: datetime, most: int) -> Sequence[Member]:
    """Return the members of all schools who were deleted before a moment, the first `most`, held.

    Who is just being brought back stays for the next time.
    """
    due = select(Member).where(Member.deleted_at < before).order_by(Member.deleted_at, Member.id)
    return session.scalars(due.limit(most).with_for_update(skip_locked=True)).all()


def end_links(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> Sequence[Guardianship]:
    """Erase all guardianships of these members, and return them."""
    links = session.scalars(
        select(Guardianship).where(
            Guardianship.school_id == school_id, Guardianship.member_id.in_(member_ids)
        )
    ).all()
    for link in links:
        session.delete(link)
    session.flush()
    return links


def list_lonely(session: Session, school_id: UUID, guardian_ids: Collection[UUID]) -> list[UUID]:
    """Return which of these guardians have no child left, deleted children counted."""
    linked = select(Guardianship.guardian_id).where(Guardianship.school_id == school_id)
    lonely = select(Guardian.id).where(
        Guardian.school_id == school_id,
        Guardian.id.in_(guardian_ids),
        Guardian.id.not_in(linked),
    )
    return list(session.scalars(lonely))


def note_alone(session: Session, now: datetime) -> None:
    """Note which guardians of all schools have no child since now, and which have one again."""
    with_child = select(Guardianship.guardian_id).where(Guardianship.guardian_id == Guardian.id)
    has_child = with_child.exists()
    begun = update(Guardian).where(Guardian.alone_since.is_(None), ~has_child)
    over = update(Guardian).where(Guardian.alone_since.is_not(None), has_child)
    unsynchronised = {"synchronize_session": False}
    session.execute(begun.values(alone_since=now).execution_options(**unsynchronised))
    session.execute(over.values(alone_since=None).execution_options(**unsynchronised))


def take_alone(session: Session, before: datetime, most: int) -> Sequence[Guardian]:
    """Return the guardians of all schools who have had no child since a moment, held.

    One to whom a child is just being given stays for the next time.
    """
    due = select(Guardian).where(Guardian.alone_since < before)
    in_order = due.order_by(Guardian.alone_since, Guardian.id).limit(most)
    return session.scalars(in_order.with_for_update(skip_locked=True)).all()


def list_points_of(
    session: Session,
    school_id: UUID,
    guardian_ids: Collection[UUID],
    member_ids: Collection[UUID],
) -> Sequence[UUID]:
    """Return the contact points of these guardians and members that are not ended yet."""
    live = select(ContactPoint.id).where(
        _owned(school_id, guardian_ids, member_ids),
        ContactPoint.state != ContactState.ENDED.value,
    )
    return session.scalars(live.order_by(ContactPoint.id)).all()


def erase_points(
    session: Session,
    school_id: UUID,
    guardian_ids: Collection[UUID],
    member_ids: Collection[UUID],
) -> int:
    """Erase all contact points of these guardians and members; return how many."""
    return _erase(session, ContactPoint, _owned(school_id, guardian_ids, member_ids))


def erase_guardians(session: Session, school_id: UUID, guardian_ids: Collection[UUID]) -> int:
    """Erase guardians without children and contact points, and their browsers; return how many."""
    my_page.end_sessions_of(session, school_id, guardian_ids)
    own_passwords.remove(session, school_id, guardian_ids)
    mine = and_(Guardian.school_id == school_id, Guardian.id.in_(guardian_ids))
    return _erase(session, Guardian, mine)


def erase_numbers(session: Session, school_id: UUID, member_ids: Collection[UUID]) -> int:
    """Erase all numbers to call of these members; return how many."""
    mine = and_(PhoneNumber.school_id == school_id, PhoneNumber.member_id.in_(member_ids))
    return _erase(session, PhoneNumber, mine)


def erase_members(session: Session, school_id: UUID, member_ids: Collection[UUID]) -> int:
    """Erase members, their sheets, and their places in groups and in a new year.

    Return how many members.
    """
    registered = and_(
        RegistrationChild.school_id == school_id, RegistrationChild.member_id.in_(member_ids)
    )
    _erase(session, RegistrationChild, registered)
    registrations.erase_of_staff(session, school_id, member_ids)
    sheets = and_(
        RegistrationSheet.school_id == school_id, RegistrationSheet.member_id.in_(member_ids)
    )
    _erase(session, RegistrationSheet, sheets)
    places = and_(Membership.school_id == school_id, Membership.member_id.in_(member_ids))
    _erase(session, Membership, places)
    new_places = and_(YearPlace.school_id == school_id, YearPlace.member_id.in_(member_ids))
    _erase(session, YearPlace, new_places)
    return _erase(session, Member, and_(Member.school_id == school_id, Member.id.in_(member_ids)))


def _owned(
    school_id: UUID, guardian_ids: Collection[UUID], member_ids: Collection[UUID]
) -> ColumnElement[bool]:
    owner = or_(
        ContactPoint.guardian_id.in_(guardian_ids),
        ContactPoint.member_id.in_(member_ids),
    )
    return and_(ContactPoint.school_id == school_id, owner)


def _erase(session: Session, model: type[Base], condition: Any) -> int:
    statement = delete(model).where(condition)
    return rowcount(session.execute(statement.execution_options(synchronize_session=False)))
