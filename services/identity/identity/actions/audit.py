"""Whether the operation log is still what was sealed (RET-6): read, never mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from common.db import Database
from common.keys import KeyMissing, Keys
from identity.domain.log_chain import Checkpoint, Line
from identity.domain.log_walk import Fault, Finding, Walk
from identity.store import log_chain
from identity.store.log_chain import Tail


@dataclass
class Report:
    """What was found of one log.

    `code`, `name`: its school's; None for the log without a school. `is_closed`: the school is
    being erased, or is, and its log goes with it. `lines`: how many are sealed and fit. `held`: the
    newest checkpoint that holds. `unknown_keys`: by which keys checkpoints are signed whose public
    halves are not there.
    """

    log_id: UUID
    code: str | None
    name: str | None
    is_closed: bool = False
    lines: int = 0
    checkpoints: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    newest: Checkpoint | None = None
    held: Checkpoint | None = None
    waiting: int = 0
    finding: Finding | None = None
    forged: list[Checkpoint] = field(default_factory=list)
    unknown_keys: set[str] = field(default_factory=set)

    @property
    def is_good(self) -> bool:
        return self.is_closed or (self.finding is None and not self.forged)


def verify_logs(database: Database, keys: Keys, code: str | None = None) -> Iterator[Report]:
    """Yield what is found of each school's log, and of the log without a school.

    `code`: of one school alone; nothing is yielded where there is none such. Reads page by page
    while the house may be at work.
    """
    with database.for_system(read_only=True) as session:
        logs = list(log_chain.list_logs(session))
    for log_id, school in logs:
        if school is None:
            report = Report(log_id, None, None)
        else:
            report = Report(log_id, school.code, school.name)
        if code is None or report.code == code:
            _verify(database, keys, report)
            yield report


def _verify(database: Database, keys: Keys, report: Report) -> None:
    """Walk along one log and note what is found."""
    log_id = report.log_id
    with database.for_system(read_only=True) as session:
        checkpoints = log_chain.list_checkpoints(session, log_id)

    def is_genuine(checkpoint: Checkpoint) -> bool:
        try:
            return checkpoint.is_genuine(keys)
        except KeyMissing:
            report.unknown_keys.add(checkpoint.key_id)
            return False

    walk = Walk(checkpoints, is_genuine)
    for line in _lines_of(database, log_id, checkpoints):
        if walk.finding is not None:
            break
        walk.step(line)
        report.first_at = report.first_at or line["at"]
        report.last_at = line["at"]
    walk.end()
    with database.for_system(read_only=True) as session:
        tail = log_chain.read_tail(session, log_id)
        report.is_closed = log_chain.is_closed(session, log_id)
    report.lines = walk.lines
    report.checkpoints = len(checkpoints)
    report.newest = checkpoints[-1] if checkpoints else None
    report.held = walk.held
    report.forged = walk.forged
    report.waiting = tail.waiting
    report.finding = walk.finding or _look_behind(tail)


def _lines_of(database: Database, log_id: UUID, checkpoints: list[Checkpoint]) -> Iterator[Line]:
    """Yield the lines up to the newest checkpoint, each page of them in its own transaction."""
    until = checkpoints[-1].position if checkpoints else 0
    reached = 0
    while reached < until:
        with database.for_system(read_only=True) as session:
            page = log_chain.list_sealed(session, log_id, reached, until)
        if not page:
            return
        yield from page
        reached = page[-1]["position"]


def _look_behind(tail: Tail) -> Finding | None:
    """Return what is wrong behind the newest checkpoint: it may have been taken away."""
    if tail.sealed > tail.signed:
        return Finding(Fault.UNSIGNED, tail.signed + 1, tail.sealed)
    reached = max(tail.signed, tail.standing)
    if tail.given > reached:
        return Finding(Fault.REMOVED, reached + 1, tail.given)
    return None
