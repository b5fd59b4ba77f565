"""The operation log (ID-9): what every house tells is written down once, in order, per school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import LIST_PRINTED
from common.schemas import Envelope
from common.words import PrintedList
from identity import events
from identity.actions.alarms import count_taken
from identity.domain.operation_log import EXPORT_LINES, FOLDED_ACTIONS, LogPlace, WantedLines
from identity.domain.words import Actor
from identity.store import accesses, log
from identity.store.models import OperationLine

Line = dict[str, Any]
ACCESS = "access"


def append_operation(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Append an `operation.recorded` event to its school's log.

    `at` is when it happened, not when we heard of it. Of the acts that come by the hundred, the
    first of a thing and day is shown, and the others are kept under it. The clock seals the line,
    and gives it its position, some seconds later (`log_chain`).
    """
    payload = event.payload
    operation = OperationLine(
        id=event.id,
        school_id=event.school_id,
        at=event.occurred_at,
        action=payload["action"],
        actor_kind=payload["actor_kind"],
        actor_id=payload["actor_id"],
        target_kind=payload["target_kind"],
        target_id=payload["target_id"],
        details=payload["details"],
    )
    if operation.action in FOLDED_ACTIONS and operation.school_id is not None:
        log.add_folded_line(session, operation)
    else:
        log.add_line(session, operation)
    count_taken(session, operation, now=now)


def list_lines(
    session: Session, school_id: UUID, wanted: WantedLines, *, after: LogPlace | None, limit: int
) -> list[Line]:
    """Return up to `limit` + 1 lines, the newest act first.

    Each with what is folded under it, and with the reason for which an operator looked.
    """
    rows = log.list_operations(
        session,
        school_id,
        wanted,
        after=after,
        limit=limit,
    )
    may_fold = [row.id for row in rows if row.action in FOLDED_ACTIONS]
    folded = log.count_folded(session, may_fold)
    reasons = _reasons_of(session, school_id, rows)
    lines = []
    for row in rows:
        line = _line_of(row, folded.get(row.id))
        line["reason"] = reasons.get(row.target_id, "")
        lines.append(line)
    return lines


def _reasons_of(
    session: Session, school_id: UUID, rows: Sequence[OperationLine]
) -> Mapping[UUID | None, str]:
    """Return access → why an operator looked, for the lines that speak of one."""
    of_accesses = [row.target_id for row in rows if row.target_kind == ACCESS]
    if not of_accesses:
        return {}
    return accesses.find_reasons(session, school_id, of_accesses)


def export_lines(
    session: Session, school_id: UUID, wanted: WantedLines, *, actor: Actor
) -> tuple[list[Line], bool]:
    """Return the wanted lines for a file, and whether older ones were left out.

    The log keeps that they left the house.
    """
    found = list_lines(session, school_id, wanted, after=None, limit=EXPORT_LINES)
    lines = found[:EXPORT_LINES]
    events.record_export(session, actor, school_id=school_id, count=len(lines))
    return lines, len(found) > EXPORT_LINES


def note_printed(
    session: Session, school_id: UUID, printed: PrintedList, *, count: int, actor: Actor
) -> None:
    """Note that a list of so many people, or lines of the log, goes onto paper."""
    events.record_operation(
        session,
        LIST_PRINTED,
        actor,
        school_id=school_id,
        list=printed.value,
        count=count,
    )


def _line_of(row: OperationLine, folded: log.Folded | None) -> Line:
    last_at = row.at if folded is None else max(row.at, folded.last_at)
    return {
        "id": row.id,
        "position": row.position,
        "at": row.at,
        "last_at": last_at,
        "action": row.action,
        "actor_kind": row.actor_kind,
        "actor_id": row.actor_id,
        "target_kind": row.target_kind,
        "target_id": row.target_id,
        "details": row.details,
        "folded": 0 if folded is None else folded.count,
    }
