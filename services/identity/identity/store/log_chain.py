"""Queries about the chain of the operation log: what waits for its seal, what is sealed, what is
signed. `log_id`: the school's id; the nil UUID for the log without a school.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, delete, func, insert, select
from sqlalchemy.orm import Session

from common.db.bulk import insert_new, update_rows
from identity.domain.log_chain import COVERED, Checkpoint, Line
from identity.domain.words import SchoolState
from identity.store.models import OperationLine, OperationLogCheckpoint, OperationLogHead, School

NO_SCHOOL = UUID(int=0)
# Lines that are read at once while a log is checked: of many schools' lines memory stays small.
_LINES_OF_A_PAGE = 2000
_LINES = cast(Table, OperationLine.__table__)
_HEADS = cast(Table, OperationLogHead.__table__)
_CHECKPOINTS = cast(Table, OperationLogCheckpoint.__table__)
_CLOSED = (SchoolState.ERASING, SchoolState.ERASED)
_WAITS = _LINES.c.hash.is_(None)
_CONTENT = [_LINES.c[name] for name in COVERED]


def find_next_waiting(session: Session, after: UUID | None) -> UUID | None:
    """Return the log behind `after` (None: the first one), in order of ids, in which lines wait.

    The log without a school comes first. Asked one by one: a list of all of them would walk over
    every line that waits.
    """
    if after is None:
        without_school = select(1).where(_of_log(NO_SCHOOL), _WAITS).exists()
        if session.scalar(select(without_school)):
            return NO_SCHOOL
        after = NO_SCHOOL
    school = _LINES.c.school_id
    following = select(school).where(_WAITS, school > after).order_by(school).limit(1)
    return session.scalar(following)


def is_closed(session: Session, log_id: UUID) -> bool:
    """Return whether a log's school is being erased, or is erased."""
    state = select(School.state).where(School.id == log_id)
    return session.scalar(state) in _CLOSED


def lock_open(session: Session, log_id: UUID) -> bool:
    """Return whether a log's school is not being erased; its erasure can't begin before the commit.

    Otherwise a checkpoint could be written behind the one who has just found the last row gone.
    """
    state = select(School.state).where(School.id == log_id).with_for_update(read=True)
    return session.scalar(state) not in _CLOSED


def lock_head(session: Session, log_id: UUID) -> int:
    """Return the last position that was given in a log, locked until the end of the transaction."""
    insert_new(session, _HEADS, [{"school_id": log_id, "position": 0}])
    head = select(_HEADS.c.position).where(_HEADS.c.school_id == log_id)
    return session.execute(head.with_for_update()).scalar_one()


def list_waiting(session: Session, log_id: UUID, limit: int) -> list[dict[str, Any]]:
    """Return lines that wait for their seal: those that have a position from before, then by time.

    Until version 0.1 a line was given its position when it was written.
    """
    order = (_LINES.c.position.nulls_last(), _LINES.c.at, _LINES.c.id)
    waiting = select(*_CONTENT).where(_of_log(log_id), _WAITS).order_by(*order).limit(limit)
    return [dict(row._mapping) for row in session.execute(waiting)]


def seal_lines(session: Session, sealed: Sequence[Line]) -> None:
    """Write the positions and hashes of lines."""
    rows = [{name: line[name] for name in ("id", "position", "hash")} for line in sealed]
    update_rows(session, _LINES, "id", rows)


def move_head(session: Session, log_id: UUID, position: int) -> None:
    here = _HEADS.c.school_id == log_id
    session.execute(_HEADS.update().where(here).values(position=position))


def find_newest_checkpoint(session: Session, log_id: UUID) -> Checkpoint | None:
    newest = _checkpoints_of(log_id).order_by(_CHECKPOINTS.c.position.desc()).limit(1)
    row = session.execute(newest).first()
    return None if row is None else _checkpoint(row)


def list_checkpoints(session: Session, log_id: UUID) -> list[Checkpoint]:
    """Return the checkpoints of a log by position: at most 24 for each day on which it grew."""
    in_order = _checkpoints_of(log_id).order_by(_CHECKPOINTS.c.position)
    return [_checkpoint(row) for row in session.execute(in_order)]


def add_checkpoint(session: Session, checkpoint: Checkpoint) -> None:
    values = asdict(checkpoint)
    values["school_id"] = values.pop("log_id")
    session.execute(insert(_CHECKPOINTS).values(values))


def delete_checkpoint(session: Session, checkpoint: Checkpoint) -> None:
    here = (
        _CHECKPOINTS.c.school_id == checkpoint.log_id,
        _CHECKPOINTS.c.position == checkpoint.position,
    )
    session.execute(delete(_CHECKPOINTS).where(*here))


def _checkpoints_of(log_id: UUID) -> Select[Any]:
    return select(_CHECKPOINTS).where(_CHECKPOINTS.c.school_id == log_id)


def _checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(
        log_id=row.school_id,
        position=row.position,
        hash=bytes(row.hash),
        count=row.count,
        signed_at=row.signed_at,
        key_id=row.key_id,
        signature=bytes(row.signature),
    )


def list_sealed(session: Session, log_id: UUID, after: int, until: int) -> list[dict[str, Any]]:
    """Return the next lines behind a position, with their hashes: a page of them, in order."""
    page = (
        select(*_CONTENT, _LINES.c.hash)
        .where(_of_log(log_id), _LINES.c.position > after, _LINES.c.position <= until)
        .order_by(_LINES.c.position)
        .limit(_LINES_OF_A_PAGE)
    )
    return [dict(row._mapping) for row in session.execute(page)]


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a log, as one statement sees it.

    `given`: the last position that was given; `standing`: the highest that a line has; `sealed`:
    the highest that a line with a hash has; `signed`: the newest checkpoint's. 0: there is none.
    `waiting`: how many lines wait for their seal.
    """

    given: int
    standing: int
    sealed: int
    signed: int
    waiting: int


def read_tail(session: Session, log_id: UUID) -> Tail:
    """Return the end of a log. In one statement: between two of them lines might be sealed."""
    of_log = _of_log(log_id)
    given = select(_HEADS.c.position).where(_HEADS.c.school_id == log_id)
    standing = select(func.max(_LINES.c.position)).where(of_log)
    sealed = standing.where(_LINES.c.hash.is_not(None))
    signed = select(func.max(_CHECKPOINTS.c.position)).where(_CHECKPOINTS.c.school_id == log_id)
    waiting = select(func.count()).where(of_log, _WAITS)
    row = session.execute(
        select(
            func.coalesce(given.scalar_subquery(), 0),
            func.coalesce(standing.scalar_subquery(), 0),
            func.coalesce(sealed.scalar_subquery(), 0),
            func.coalesce(signed.scalar_subquery(), 0),
            waiting.scalar_subquery(),
        )
    ).one()
    return Tail(*row)


def list_logs(session: Session) -> Iterator[tuple[UUID, School | None]]:
    """Yield every log's id with its school, by code; the log without a school is the last."""
    for school in session.scalars(select(School).order_by(School.code)):
        yield school.id, school
    yield NO_SCHOOL, None


def _of_log(log_id: UUID) -> ColumnElement[bool]:
    if log_id == NO_SCHOOL:
        return _LINES.c.school_id.is_(None)
    return _LINES.c.school_id == log_id
