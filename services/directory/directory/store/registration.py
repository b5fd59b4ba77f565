"""Queries about how families come in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from directory.domain.registration.codes import DEFAULT_DAYS
from directory.domain.words import PRESENT
from directory.store.models import Member, RegistrationSheet, SheetText, table


def map_sheets(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> dict[UUID, RegistrationSheet]:
    """Return member → the sheet that was last given out; who has none is left out."""
    query = select(RegistrationSheet).where(
        RegistrationSheet.school_id == school_id, RegistrationSheet.member_id.in_(member_ids)
    )
    return {sheet.member_id: sheet for sheet in session.scalars(query)}


def hold_sheets(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> dict[UUID, RegistrationSheet]:
    """Return the same, held for a change: two who print one class stand in line."""
    query = select(RegistrationSheet).where(
        RegistrationSheet.school_id == school_id, RegistrationSheet.member_id.in_(member_ids)
    )
    in_line = query.order_by(RegistrationSheet.member_id).with_for_update()
    fresh = session.scalars(in_line.execution_options(populate_existing=True))
    return {sheet.member_id: sheet for sheet in fresh}


def add_sheets(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add sheets as rows of the table; one whose child or ID is there already is left out."""
    insert_new(session, table(RegistrationSheet), rows)


def find_sheet(session: Session, school_id: UUID, login_id: str) -> RegistrationSheet | None:
    """Return the sheet of an ID, locked: two who register by one sheet stand in line."""
    query = select(RegistrationSheet).where(
        RegistrationSheet.school_id == school_id, RegistrationSheet.login_id == login_id
    )
    return session.scalars(query.with_for_update()).one_or_none()


def find_text(session: Session, school_id: UUID) -> str:
    """Return what the school adds to its sheets; nothing where it adds nothing."""
    query = select(SheetText.content).where(SheetText.school_id == school_id)
    return session.scalar(query) or ""


def find_valid_days(session: Session, school_id: UUID) -> int:
    """Return for how many days the sheets that a school prints now are good."""
    query = select(SheetText.valid_days).where(SheetText.school_id == school_id)
    return session.scalar(query) or DEFAULT_DAYS


def hold_text(session: Session, school_id: UUID) -> SheetText:
    """Return the row of what the school adds to its sheets, held for a change."""
    insert_new(session, table(SheetText), [{"school_id": school_id, "content": ""}])
    query = select(SheetText).where(SheetText.school_id == school_id)
    return session.scalars(query.with_for_update()).one()


def is_child_present(session: Session, sheet: RegistrationSheet) -> bool:
    """Return whether a sheet's child is at the school or comes to it."""
    query = select(Member.id).where(
        Member.school_id == sheet.school_id,
        Member.id == sheet.member_id,
        Member.deleted_at.is_(None),
        Member.status.in_(PRESENT),
    )
    return session.scalar(query) is not None
