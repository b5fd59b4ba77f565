"""The loop of a dispatcher: CLAIM ≤100 rows (tx) → SEND (no tx) → SETTLE (tx, grouped, with its outbox event).

One claimer and one settler; batches are sent side by side. A slow destination keeps only its own rows in flight: the claimer counts
rows, not batches. Urgent first: the normal lane claims nothing new while urgent rows are unclaimed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import structlog

from common import clock, metrics
from common.db import Database
from common.delivery import rows
from common.delivery.outcomes import NotSent, Outcome, Unknown
from common.delivery.rows import Claim, Claimed, Tables
from common.delivery.states import Settlement, settle
from common.delivery.sweep import settle_rows
from common.errors import Unavailable

log = structlog.get_logger()

LANES = ("urgent", "normal")
CLAIM_SIZE = 100
IDLE_SECONDS = 0.1
SETTLE_SIZE = 300
SETTLE_SECONDS = 0.05


class Channel(Protocol):
    """The outside world of one channel, as the loop sees it."""

    def send(self, batch: Sequence[Claimed]) -> AsyncIterator[list[tuple[UUID, Outcome]]]:
        """Hand over a batch; yield (row id, outcome) in parts as they become known, each row exactly once."""

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return the routes (mail: domains) that must get nothing at this moment."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Flow:
    """How much a dispatcher holds at once. `lease`: outlasts the longest time that a batch can take at the provider.

    `in_flight` bounds duplicates after a crash; urgent rows may go `urgent_reserve` beyond it, so that a full flight of normal rows
    never keeps them waiting. `per_route` keeps one destination from filling the flight.
    """

    in_flight: int = 2000
    urgent_reserve: int = 1000
    per_route: int = 1500
    lease: timedelta = timedelta(seconds=150)


class Dispatcher:
    """One process's loop over one channel's table."""

    def __init__(self, database: Database, tables: Tables, channel: Channel, flow: Flow | None = None) -> None:
        self._database = database
        self._tables = tables
        self._channel = channel
        self._flow = flow or Flow()
        self._in_flight: Counter[str] = Counter()  # route → rows
        self._held = 0
        self._settled: asyncio.Queue[tuple[Claimed, Outcome]] = asyncio.Queue()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and send until `stop`; then finish what is claimed, settle it, and return."""
        settler = asyncio.create_task(self._settle_forever())
        try:
            await self._claim_until(stop)
            if self._sending:
                await asyncio.wait(self._sending)
            await self._settled.join()
        finally:
            settler.cancel()
            await asyncio.gather(settler, return_exceptions=True)
            await self._channel.close()

    async def count_unclaimed(self, at_most: int) -> int:
        """Return how many rows of the normal lane wait to be claimed, up to `at_most`; 0 while the database is away."""

        def count() -> int:
            with self._database.for_system(read_only=True) as session:
                return rows.unclaimed(session, self._tables.deliveries, "normal", at_most)

        try:
            return await asyncio.to_thread(count)
        except Unavailable:
            return 0

    async def _claim_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                batch = await self._claim_next()
            except Unavailable as error:
                log.warning("dispatch.held", channel=self._tables.channel, code=error.code)
                await _wait(stop, 1.0)
                continue
            if batch:
                self._start(batch)
            else:
                await _wait(stop, IDLE_SECONDS)

    async def _claim_next(self) -> list[Claimed]:
        """Claim one batch, urgent first; empty when nothing is due or the flight is full."""
        now = clock.now()
        closed = {*self._channel.closed_routes(now), *(r for r, n in self._in_flight.items() if n >= self._flow.per_route)}
        for lane in LANES:
            room = self._flow.in_flight - self._held + (self._flow.urgent_reserve if lane == "urgent" else 0)
            if room < CLAIM_SIZE and lane == "normal":
                return []
            batch = await asyncio.to_thread(self._claim, lane, min(CLAIM_SIZE, max(room, 0)), closed)
            if batch:
                return batch
        return []

    def _claim(self, lane: str, size: int, closed: Collection[str]) -> list[Claimed]:
        now = clock.now()
        if size <= 0:
            return []
        with self._database.for_system(read_only=True) as session:
            if not rows.has_due(session, self._tables.deliveries, lane, now, closed):
                return []
        wanted = Claim(lane, size, uuid4(), now + self._flow.lease, closed)
        with self._database.for_system() as session:
            return rows.claim(session, self._tables.deliveries, wanted, now)

    def _start(self, batch: list[Claimed]) -> None:
        self._held += len(batch)
        self._in_flight.update(row.route for row in batch)
        task = asyncio.create_task(self._send(batch))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, batch: list[Claimed]) -> None:
        began = clock.monotonic()
        unanswered = {row.id: row for row in batch}
        try:
            async for part in self._channel.send(batch):
                for row_id, outcome in part:
                    self._answer(unanswered.pop(row_id), outcome)
        except Unavailable as error:  # content or keys could not be had: nothing was handed over
            log.warning("dispatch.not_prepared", channel=self._tables.channel, code=error.code)
            for row in unanswered.values():
                self._answer(row, NotSent(error.code))
        except Exception:
            log.exception("dispatch.send_failed", channel=self._tables.channel, rows=len(unanswered))
            for row in unanswered.values():
                self._answer(row, Unknown("error in the sender"))
        metrics.record_provider_time(self._tables.channel, clock.monotonic() - began)

    def _answer(self, row: Claimed, outcome: Outcome) -> None:
        self._settled.put_nowait((row, outcome))

    async def _settle_forever(self) -> None:
        while True:
            answers = [await self._settled.get()]
            deadline = clock.monotonic() + SETTLE_SECONDS
            while len(answers) < SETTLE_SIZE:
                try:
                    answers.append(self._settled.get_nowait())
                except asyncio.QueueEmpty:
                    left = deadline - clock.monotonic()
                    if left <= 0:
                        break
                    await asyncio.sleep(min(left, 0.01))
            await self._settle(answers)

    async def _settle(self, answers: list[tuple[Claimed, Outcome]]) -> None:
        """Write answers; while the database is away hold them: they are what nobody else knows."""
        now = clock.now()
        settlements = [(row, settle(outcome, row.trial, now)) for row, outcome in answers]
        while True:
            try:
                ours = await asyncio.to_thread(self._write, settlements, now)
                break
            except Unavailable as error:
                log.warning("dispatch.settle_held", channel=self._tables.channel, code=error.code, rows=len(answers))
                await asyncio.sleep(1.0)
        if ours < len(settlements):
            log.warning("dispatch.settled_late", channel=self._tables.channel, rows=len(settlements) - ours)
        self._held -= len(answers)
        self._in_flight.subtract(row.route for row, _ in answers)
        self._in_flight += Counter()  # drops routes at zero
        for _ in answers:
            self._settled.task_done()

    def _write(self, settlements: list[tuple[Claimed, Settlement]], now: datetime) -> int:
        with self._database.for_system() as session:
            return settle_rows(session, self._tables, settlements, now)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
