"""Queries about how families come in."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.store.models import RegistrationSheet


def map_sheets(
    session: Session, school_id: UUID, member_ids: Collection[UUID]
) -> dict[UUID, RegistrationSheet]:
    """Return member → the sheet that was last given out; who has none is left out."""
    query = select(RegistrationSheet).where(
        RegistrationSheet.school_id == school_id, RegistrationSheet.member_id.in_(member_ids)
    )
    return {sheet.member_id: sheet for sheet in session.scalars(query)}


def find_sheet(session: Session, school_id: UUID, login_id: str) -> RegistrationSheet | None:
    """Return the sheet of an ID, locked: two who register by one sheet stand in line."""
    query = select(RegistrationSheet).where(
        RegistrationSheet.school_id == school_id, RegistrationSheet.login_id == login_id
    )
    return session.scalars(query.with_for_update()).one_or_none()
