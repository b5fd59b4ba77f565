"""Queries on imports of staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from common.db import rowcount
from directory.domain.errors import NoSuch
from directory.store import groups as group_store
from directory.store.models import StaffImport


def add_import(session: Session, staff_import: StaffImport) -> None:
    session.add(staff_import)
    session.flush()


def get_import(session: Session, school_id: UUID, import_id: UUID, now: datetime) -> StaffImport:
    """Return an import that has not expired; raise NotFound."""
    found = session.scalar(_kept(school_id, import_id, now))
    if found is None:
        raise NoSuch("import_plan")
    return found


def hold_import(session: Session, school_id: UUID, import_id: UUID, now: datetime) -> StaffImport:
    """Return an import, held with the school's roster; raise NotFound."""
    group_store.lock_root(session, school_id)
    found = session.scalar(_kept(school_id, import_id, now).with_for_update())
    if found is None:
        raise NoSuch("import_plan")
    return found


def find_held(session: Session, school_id: UUID, import_id: UUID) -> StaffImport | None:
    """Return an import, held for a change, though it has expired; None where it is erased."""
    query = select(StaffImport).where(
        StaffImport.school_id == school_id,
        StaffImport.id == import_id,
    )
    return session.scalar(query.with_for_update())


def _kept(school_id: UUID, import_id: UUID, now: datetime) -> Select[StaffImport]:
    return select(StaffImport).where(
        StaffImport.school_id == school_id,
        StaffImport.id == import_id,
        StaffImport.expires_at > now,
    )


def erase_imports(session: Session, before: datetime) -> int:
    """Erase the imports of all schools that expired before a moment; return how many."""
    result = session.execute(delete(StaffImport).where(StaffImport.expires_at <= before))
    return rowcount(result)
