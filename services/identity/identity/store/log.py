"""Queries about the operation log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Select, Table, func, literal, select, tuple_
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from common.db.types import as_dict
from identity.domain.operation_log import LogPlace, WantedLines, day_in_japan
from identity.store.models import OperationLine

# Values in one statement: older versions of SQLite take no more than 999.
_IDS_AT_ONCE = 500
_LINES = cast(Table, OperationLine.__table__)


@dataclass(frozen=True, slots=True)
class Folded:
    """What lies under a line: how many further lines, and when the last of them happened."""

    count: int
    last_at: datetime


def add_line(session: Session, line: OperationLine) -> None:
    """Append a line. It waits for its seal, so nobody waits for anybody here."""
    session.add(line)


def add_folded_line(session: Session, line: OperationLine) -> None:
    """Append a line as the first of its act, people, thing and day, or under that first one.

    Of two first ones at the same moment the unique index lets one in: the other waits for its
    commit, and then finds it.
    """
    kind = (
        line.school_id,
        line.target_id,
        line.action,
        line.actor_kind,
        day_in_japan(line.at),
    )
    # Of a burst in one transaction each line would ask again.
    known: dict[object, UUID] = session.info.setdefault("first_lines", {})
    first = known.get(kind) or find_line_above(session, line)
    if first is None:
        line.first_on = day_in_japan(line.at)
        if insert_new(session, _LINES, [as_dict(line)]):
            known[kind] = line.id
            return
        line.first_on = None
        first = find_line_above(session, line)
    if first is not None:
        known[kind] = first
    line.under_id = first
    session.add(line)


def find_line_above(session: Session, line: OperationLine) -> UUID | None:
    """Return the line under which this one folds.

    It is of the same act, by the same kind of people, on the same thing and day.
    """
    first_of_day = select(OperationLine.id).where(
        OperationLine.school_id == line.school_id,
        OperationLine.target_id == line.target_id,
        OperationLine.action == line.action,
        OperationLine.actor_kind == line.actor_kind,
        OperationLine.first_on == day_in_japan(line.at),
    )
    # First lines are written at once; what waits in the session need not be, line by line.
    with session.no_autoflush:
        return session.scalar(first_of_day)


def list_operations(
    session: Session, school_id: UUID, wanted: WantedLines, *, after: LogPlace | None, limit: int
) -> list[OperationLine]:
    """Return up to `limit` + 1 lines of a school's log, the newest act first, older than a place.

    Folded ones are left out.
    """
    newest_first = (OperationLine.at.desc(), OperationLine.id.desc())
    query = _wanted_lines(school_id, wanted).order_by(*newest_first)
    if after is not None:
        at = literal(after.at, OperationLine.at.type)
        line_id = literal(after.id, OperationLine.id.type)
        query = query.where(tuple_(OperationLine.at, OperationLine.id) < tuple_(at, line_id))
    return list(session.scalars(query.limit(limit + 1)))


def list_same(
    session: Session, line: OperationLine, since: datetime, before: datetime
) -> list[OperationLine]:
    """Return the lines of the same act by the same person within some time, this one too."""
    query = select(OperationLine).where(
        OperationLine.school_id == line.school_id,
        OperationLine.actor_id == line.actor_id,
        OperationLine.action == line.action,
        OperationLine.at >= since,
        OperationLine.at < before,
        OperationLine.under_id.is_(None),
    )
    return list(session.scalars(query))


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
    if wanted.targets:
        query = query.where(OperationLine.target_id.in_(wanted.targets))
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
