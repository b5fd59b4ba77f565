"""Queries about the operation log."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from common.db.dialect import insert_new
from identity.store.models import Operation, OperationLogHead

NO_SCHOOL = UUID(int=0)
_HEADS = cast(Table, OperationLogHead.__table__)


def next_position(session: Session, school_id: UUID | None) -> int:
    """Return the next position of a school's log; the head's row stays locked until the end of the transaction."""
    owner = school_id or NO_SCHOOL
    insert_new(session, _HEADS, [{"school_id": owner, "position": 1}], instead=_move_on)
    return session.execute(select(_HEADS.c.position).where(_HEADS.c.school_id == owner)).scalar_one()


def _move_on(statement: Any) -> Any:
    return statement.on_conflict_do_update(index_elements=["school_id"], set_={"position": _HEADS.c.position + 1})


def list_operations(session: Session, school_id: UUID, *, before: int | None, limit: int) -> list[Operation]:
    """Return up to `limit` + 1 lines of a school's log, newest first, older than a position."""
    query = select(Operation).where(Operation.school_id == school_id).order_by(Operation.position.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(Operation.position < before)
    return list(session.scalars(query))
