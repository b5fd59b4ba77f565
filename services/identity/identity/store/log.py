"""Queries about the operation log."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from common.db.dialect import insert
from identity.store.models import Operation, OperationLogHead

NO_SCHOOL = UUID(int=0)


def next_position(session: Session, school_id: UUID | None) -> int:
    """Return the next position of a school's log; the head's row stays locked until the end of the transaction."""
    table = cast(Table, OperationLogHead.__table__)
    statement = insert(session, table).values(school_id=school_id or NO_SCHOOL, position=1)
    statement = statement.on_conflict_do_update(index_elements=["school_id"], set_={"position": table.c.position + 1})
    position: int = session.execute(statement.returning(table.c.position)).scalar_one()
    return position


def list_operations(session: Session, school_id: UUID, *, before: int | None, limit: int) -> list[Operation]:
    """Return up to `limit` + 1 lines of a school's log, newest first, older than a position."""
    query = select(Operation).where(Operation.school_id == school_id).order_by(Operation.position.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(Operation.position < before)
    return list(session.scalars(query))
