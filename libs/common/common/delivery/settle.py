"""SETTLE: outcomes are written with their answers in one transaction.

While the database is away they are held in the process.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common import clock, metrics, pulse
from common.db import Database
from common.db.listen import wake
from common.delivery import rows
from common.delivery.answers import Answer, say_settled
from common.delivery.claims import Claimed
from common.delivery.outcomes import Outcome
from common.delivery.rows import Tables
from common.delivery.states import Settlement, settle
from common.errors import Unavailable

log = structlog.get_logger()

# So many answers, or as many as come in so long, share a transaction: one for each would be slower
# by an order.
SETTLE_SIZE = 500
SETTLE_SECONDS = 0.1
LOOK_SECONDS = 0.02
HELD_SECONDS = 1.0

Told = tuple[Claimed, Outcome]


def write_settled(
    session: Session, tables: Tables, settlements: list[tuple[Claimed, Settlement]], now: datetime
) -> int:
    """Write outcomes and answer for the final ones, in the caller's transaction.

    Returns how many rows were still ours.
    """
    moved = rows.move(session, tables.deliveries, settlements, now)
    return _answer_for(session, tables, moved, now)


def write_all_settled(
    session: Session, tables: Tables, settlements: list[tuple[Claimed, Settlement]], now: datetime
) -> int:
    """The same where all rows still are ours.

    Raises Overtaken where some are not, before anything is counted.
    """
    moved = rows.move_all(session, tables.deliveries, settlements, now)
    return _answer_for(session, tables, moved, now)


def _answer_for(
    session: Session, tables: Tables, moved: list[tuple[Settlement, list[Claimed]]], now: datetime
) -> int:
    final: list[Answer] = []
    for settlement, ours in moved:
        if settlement.is_final:
            final += _answers(ours, settlement, now)
        elif ours:
            wake(session, rows.WAITING)
    say_settled(session, tables.channel, final)
    for settlement, ours in moved:
        _record(tables.channel, settlement, ours)
    return sum(len(ours) for _, ours in moved)


def _answers(ours: list[Claimed], settlement: Settlement, now: datetime) -> list[Answer]:
    state = settlement.state.value
    reason = settlement.reason.value if settlement.reason else None
    return [
        Answer(
            row.school_id,
            row.message_id,
            row.lane,
            row.contact_point_id,
            row.guardian_id,
            row.members,
            state,
            reason,
            now,
        )
        for row in ours
    ]


def _record(channel: str, settlement: Settlement, ours: list[Claimed]) -> None:
    state = settlement.state.value
    by_lane = Counter([row.lane for row in ours])
    for lane, count in by_lane.items():
        metrics.record_settled(channel, lane, state, count)
    if settlement.unknowns_change:
        metrics.record_unknown_retried(channel, len(ours))


class Settler:
    """Collects what became of rows and writes it in groups; then it calls `after(told)`.

    A row that is claimed again after its lease (by this very process) is settled by its newest
    claim only.
    """

    def __init__(
        self, database: Database, tables: Tables, after: Callable[[Sequence[Told]], None]
    ) -> None:
        self._database = database
        self._tables = tables
        self._after = after
        # Of its own: behind calls to a house that does not answer, answers would be written too
        # late.
        self._thread = ThreadPoolExecutor(1, "settles")
        self._newest: dict[UUID, Claimed] = {}
        self._told: asyncio.Queue[list[Told]] = asyncio.Queue()

    def expect(self, batch: Sequence[Claimed]) -> None:
        """Remember rows whose answers will come."""
        for row in batch:
            self._newest[row.id] = row

    def tell(self, told: list[Told]) -> None:
        """Take answers, to be written soon."""
        self._told.put_nowait(told)

    async def all_written(self) -> None:
        """Return when everything that was told is written."""
        await self._told.join()

    async def run(self) -> None:
        """Write what is told, until cancelled."""
        while True:
            told, parts = await self._collect()
            await self._write(told)
            for _ in range(parts):
                self._told.task_done()

    async def _collect(self) -> tuple[list[Told], int]:
        """Wait for answers, and a moment for more; return them and in how many parts they came."""
        first = await self._told.get()
        told = [*first]
        parts = 1
        deadline = clock.monotonic() + SETTLE_SECONDS
        while len(told) < SETTLE_SIZE:
            try:
                told += self._told.get_nowait()
                parts += 1
            except asyncio.QueueEmpty:
                left = deadline - clock.monotonic()
                if left <= 0:
                    break
                pause = min(left, LOOK_SECONDS)
                await asyncio.sleep(pause)
        return told, parts

    async def _write(self, told: list[Told]) -> None:
        """Write answers; while the database is away hold them: they are what nobody else knows."""
        now = clock.now()
        ours = [
            (row, settle(outcome, row, now))
            for row, outcome in told
            if self._newest.get(row.id) is row
        ]
        written = await self._write_when_possible(ours, now)
        late = len(told) - written
        if late:
            log.warning(
                "dispatch.settled_late",
                channel=self._tables.channel,
                rows=late,
            )
        for row, _ in ours:
            was_claimed_again = self._newest.get(row.id) is not row
            if not was_claimed_again:
                del self._newest[row.id]
        self._after(told)

    async def _write_when_possible(
        self, ours: list[tuple[Claimed, Settlement]], now: datetime
    ) -> int:
        while True:
            try:
                with pulse.step("dispatch.settle"):
                    loop = asyncio.get_running_loop()
                    write = partial(self._write_once, ours, now)
                    return await loop.run_in_executor(self._thread, write)
            except Unavailable as error:
                log.warning(
                    "dispatch.settle_held",
                    channel=self._tables.channel,
                    code=error.code,
                    rows=len(ours),
                )
                await asyncio.sleep(HELD_SECONDS)

    def _write_once(self, ours: list[tuple[Claimed, Settlement]], now: datetime) -> int:
        """Return how many rows were still ours: nearly always all, so that is tried first."""
        try:
            with self._database.for_system() as session:
                return write_all_settled(session, self._tables, ours, now)
        except rows.Overtaken:
            with self._database.for_system() as session:
                return write_settled(session, self._tables, ours, now)
