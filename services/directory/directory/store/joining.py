"""Statements by which two guardians who are one person become one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.store.models import (
    ContactPoint,
    Guardian,
    Guardianship,
    JoinedContactPoint,
    JoinedGuardian,
)


def list_guardians(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID], *, held: bool
) -> Sequence[Guardian]:
    """Return those of these guardians who are this school's; `held`: for a change."""
    statement = select(Guardian).where(
        Guardian.school_id == school_id, Guardian.id.in_(guardian_ids)
    )
    # In one order: two offices that join the same pair both ways would wait for each other.
    in_order = statement.order_by(Guardian.id)
    return session.scalars(in_order.with_for_update() if held else in_order).all()


def list_links(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID], *, held: bool
) -> Sequence[Guardianship]:
    """Return the links of these guardians, of deleted children too; `held`: for a change."""
    statement = select(Guardianship).where(
        Guardianship.school_id == school_id, Guardianship.guardian_id.in_(guardian_ids)
    )
    in_order = statement.order_by(Guardianship.member_id, Guardianship.guardian_id)
    return session.scalars(in_order.with_for_update() if held else in_order).all()


def list_points(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID], *, held: bool
) -> Sequence[ContactPoint]:
    """Return all contact points of these guardians, ended ones too; `held`: for a change."""
    statement = select(ContactPoint).where(
        ContactPoint.school_id == school_id, ContactPoint.guardian_id.in_(guardian_ids)
    )
    in_order = statement.order_by(ContactPoint.created_at, ContactPoint.id)
    return session.scalars(in_order.with_for_update() if held else in_order).all()


def note_joined(session: Session, joined: JoinedGuardian) -> None:
    """Note into whom a guardian was joined; who was joined into that one before follows."""
    session.execute(
        update(JoinedGuardian)
        .where(
            JoinedGuardian.school_id == joined.school_id,
            JoinedGuardian.into_id == joined.guardian_id,
        )
        .values(into_id=joined.into_id)
    )
    session.add(joined)


def note_same_points(session: Session, school_id: UUID, dropped: Mapping[UUID, UUID]) -> None:
    """Note which contact point stays for which; what was noted before follows."""
    for dropped_id, stays_id in dropped.items():
        session.execute(
            update(JoinedContactPoint)
            .where(
                JoinedContactPoint.school_id == school_id,
                JoinedContactPoint.into_id == dropped_id,
            )
            .values(into_id=stays_id)
        )
        noted = JoinedContactPoint(
            contact_point_id=dropped_id,
            school_id=school_id,
            into_id=stays_id,
        )
        session.add(noted)


def find_joined(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID]
) -> dict[UUID, UUID]:
    """Return guardian → into whom it was joined, of those of these who were."""
    rows = session.execute(
        select(JoinedGuardian.guardian_id, JoinedGuardian.into_id).where(
            JoinedGuardian.school_id == school_id,
            JoinedGuardian.guardian_id.in_(guardian_ids),
        )
    )
    return {row.guardian_id: row.into_id for row in rows}


def list_named(session: Session, school_id: UUID) -> list[tuple[UUID, str]]:
    """Return (id, name) of all guardians of a school who have a name."""
    rows = session.execute(
        select(Guardian.id, Guardian.name)
        .where(Guardian.school_id == school_id, Guardian.name.is_not(None))
        .order_by(Guardian.name, Guardian.id)
    )
    return [(row.id, row.name or "") for row in rows]
