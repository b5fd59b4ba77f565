"""Queries about the operation log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Table, func, literal, select, tuple_
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from identity.domain.operation_log import LogPlace, WantedLines, day_around
from identity.store.models import OperationLine, OperationLogHead

NO_SCHOOL = UUID(int=0)
# Values in one statement: older versions of SQLite take no more than 999.
_IDS_AT_ONCE = 500
_HEADS = cast(Table, OperationLogHead.__table__)


@dataclass(frozen=True, slots=True)
class Folded:
    """What lies under a line: how many further lines, and when the last of them happened."""

    count: int
    last_at: datetime


def next_position(session: Session, school_id: UUID | None) -> int:
    """Return the next position of a school's log.

    The head's row stays locked until the end of the transaction.
    """
    owner = school_id or NO_SCHOOL
    insert_new(session, _HEADS, [{"school_id": owner, "position": 1}], instead=_move_on)
    return session.execute(
        select(_HEADS.c.position).where(_HEADS.c.school_id == owner)
    ).scalar_one()


def _move_on(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["school_id"], set_={"position": _HEADS.c.position + 1}
    )


def find_line_above(session: Session, operation: OperationLine) -> UUID | None:
    """Return the line under which this one folds.

    It is of the same act, by the same kind of people, on the same thing and day. Call it behind
    `next_position`, whose lock keeps two first lines of a day from overtaking one another.
    """
    begins, ends = day_around(operation.at)
    first_of_day = (
        select(OperationLine.id)
        .where(
            OperationLine.school_id == operation.school_id,
            OperationLine.under_id.is_(None),
            OperationLine.at >= begins,
            OperationLine.at < ends,
            OperationLine.action == operation.action,
            OperationLine.actor_kind == operation.actor_kind,
            OperationLine.target_id == operation.target_id,
        )
        .order_by(OperationLine.position)
        .limit(1)
    )
    return session.scalars(first_of_day).first()


def list_operations(
    session: Session, school_id: UUID, wanted: WantedLines, *, after: LogPlace | None, limit: int
) -> list[OperationLine]:
    """Return up to `limit` + 1 lines of a school's log, the newest act first, older than a place.

    Folded ones are left out.
    """
    newest_first = (OperationLine.at.desc(), OperationLine.position.desc())
    query = _wanted_lines(school_id, wanted).order_by(*newest_first)
    if after is not None:
        at = literal(after.at, OperationLine.at.type)
        position = literal(after.position, OperationLine.position.type)
        query = query.where(tuple_(OperationLine.at, OperationLine.position) < tuple_(at, position))
    return list(session.scalars(query.limit(limit + 1)))


def _wanted_lines(school_id: UUID, wanted: WantedLines) -> Select[OperationLine]:
    query = select(OperationLine).where(
        OperationLine.school_id == school_id, OperationLine.under_id.is_(None)
    )
    if wanted.actor_kind is not None:
        query = query.where(OperationLine.actor_kind == wanted.actor_kind)
    if wanted.actor_id is not None:
        query = query.where(OperationLine.actor_id == wanted.actor_id)
    if wanted.actions:
        query = query.where(OperationLine.action.in_(wanted.actions))
    if wanted.without:
        query = query.where(OperationLine.action.not_in(wanted.without))
    begins = wanted.begins()
    if begins is not None:
        query = query.where(OperationLine.at >= begins)
    ends = wanted.ends()
    if ends is not None:
        query = query.where(OperationLine.at < ends)
    return query


def count_folded(session: Session, line_ids: Sequence[UUID]) -> dict[UUID, Folded]:
    """Return what lies under these lines, for those under which something does."""
    found: dict[UUID, Folded] = {}
    counted = select(OperationLine.under_id, func.count(), func.max(OperationLine.at)).group_by(
        OperationLine.under_id
    )
    for start in range(0, len(line_ids), _IDS_AT_ONCE):
        part = line_ids[start : start + _IDS_AT_ONCE]
        rows = session.execute(counted.where(OperationLine.under_id.in_(part)))
        for line_id, count, last_at in rows:
            if line_id is not None:
                found[line_id] = Folded(count, last_at)
    return found
