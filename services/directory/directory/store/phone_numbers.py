"""Queries on telephone numbers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from directory.store.models import Guardian, Guardianship, Member, PhoneNumber, table

CALLING_ORDER = (PhoneNumber.position, PhoneNumber.id)


def list_numbers(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> list[PhoneNumber]:
    """Return these members' numbers, each member's in the order of calling."""
    statement = select(PhoneNumber).where(
        PhoneNumber.school_id == school_id, PhoneNumber.member_id.in_(member_ids)
    )
    return list(session.scalars(statement.order_by(PhoneNumber.member_id, *CALLING_ORDER)))


def hold_members(session: Session, school_id: UUID, member_ids: Collection[UUID]) -> None:
    """Let one change of these members' numbers at a time pass.

    Two at once would not see each other's, and keep both lists.
    """
    statement = select(Member.id).where(Member.school_id == school_id, Member.id.in_(member_ids))
    session.execute(statement.order_by(Member.id).with_for_update(key_share=True))


def remove_numbers(session: Session, school_id: UUID, member_ids: Collection[UUID]) -> None:
    """Erase all numbers of these members."""
    statement = delete(PhoneNumber).where(
        PhoneNumber.school_id == school_id, PhoneNumber.member_id.in_(member_ids)
    )
    session.execute(statement.execution_options(synchronize_session=False))


def add_numbers(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add numbers, already sealed, as rows of the table."""
    if rows:
        session.execute(insert(table(PhoneNumber)), rows)


def list_families(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> list[tuple[UUID, Guardian, Guardianship]]:
    """Return (pupil, guardian, link) of these pupils, each pupil's in their order."""
    rows = session.execute(
        select(Guardianship.member_id, Guardian, Guardianship)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(Guardianship.school_id == school_id, Guardianship.member_id.in_(member_ids))
        .order_by(Guardianship.member_id, Guardianship.position, Guardian.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]
