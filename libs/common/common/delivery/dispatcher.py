"""The loop of a dispatcher: CLAIM (tx) → SEND (no tx) → SETTLE (tx, grouped, with its outbox event).

One claimer and one settler; batches are sent side by side. A slow destination keeps only its own rows in flight: the claimer counts
rows, not batches. Urgent first: the normal lane claims nothing new while urgent rows are unclaimed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Protocol
from uuid import UUID, uuid4

import structlog
from sqlalchemy.orm import Session

from common import clock, metrics
from common.db import Database
from common.delivery import kept_batches, rows, sweep
from common.delivery.flight import Flight
from common.delivery.outcomes import NotSent, Outcome, Unknown
from common.delivery.rows import Claim, Claimed, Tables
from common.delivery.states import FINAL, Settlement, settle
from common.errors import Unavailable
from common.schemas.events import LANES

log = structlog.get_logger()

MOST_BATCHES = 5  # claimed in one transaction: one by one, each waited 19 ms for its turns at the interpreter, 5,200 rows/s at most
IDLE_SECONDS = 0.1
URGENT_SECONDS = 1.0  # after new urgent rows the normal lane rests so long: pages, answers and other channels share the cores
HELD_SECONDS = 1.0  # before the next try while the database, or all that a batch needs, is away
SETTLE_SIZE = 500
SETTLE_SECONDS = 0.1
_ID, _BATCH, _PLACE = attrgetter("id"), attrgetter("batch_id"), attrgetter("lane", "route")  # for maps without a line of Python
FINISH_SECONDS = 25.0  # a supervisor kills after 30; what is unsettled then is settled as unknown when its lease ends


class Channel(Protocol):
    """The outside world of one channel, as the loop sees it."""

    def send(self, batch: Sequence[Claimed]) -> AsyncIterator[list[tuple[UUID, Outcome]]]:
        """Hand over a batch of one lane; yield (row id, outcome) in parts as they become known, each row exactly once.

        Raises Unavailable only when nothing was handed over and nothing could be: the loop then rests for a moment.
        """

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return the routes (mail: domains) that must get nothing at this moment."""

    async def close(self) -> None: ...


class Dispatcher:
    """One process's loop over one channel's table."""

    def __init__(self, database: Database, tables: Tables, channel: Channel, flight: Flight | None = None) -> None:
        self._database = database
        self._tables = tables
        self._channel = channel
        self._flight = flight or Flight()
        self._flow = self._flight.flow
        self._in_flight: dict[UUID, Claimed] = {}  # a row claimed again after its lease ended stands here by its newest claim
        self._settled: asyncio.Queue[list[tuple[Claimed, Outcome]]] = asyncio.Queue()
        self._sending: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()  # set when rows are settled: what a claim had to leave for lack of room may be claimed
        self._needs_room = True
        self._resting_until = 0.0
        self._normal_rests_until = 0.0
        self._newest_urgent = datetime.min.replace(tzinfo=UTC)  # by its end: urgent rows that are only tried again let nobody rest
        self._batches_at_once = 1  # doubles when what was sent is settled, begins anew when rows come back unsent (a domain's pace)
        self._was_idle = True
        self._has_ended = False
        metrics.expect_deliveries(tables.channel, LANES, [state.value for state in FINAL])

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and send until `stop`; then finish what is claimed, settle it, and return."""
        settler = asyncio.create_task(self._settle_forever())
        loop = asyncio.get_running_loop()
        self._flight.begin(lambda rows: loop.call_soon_threadsafe(self._take_aboard, rows))
        try:
            await self._claim_until(stop, settler)
            self._flight.end()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._finish(), FINISH_SECONDS)
        finally:
            self._flight.end()
            self._has_ended = True
            for task in (settler, *self._sending):
                task.cancel()
            await asyncio.gather(settler, *self._sending, return_exceptions=True)
            await self._channel.close()

    async def sweep_dead(self, stop: asyncio.Event) -> None:
        """Settle every claimed row as unknown; before `run`, by a process that knows itself to be the only one."""

        def all_at_once() -> None:
            with self._database.for_system() as session:
                while sweep.sweep_dead(session, self._tables, now=clock.now()):
                    pass

        while not stop.is_set():
            try:
                await asyncio.to_thread(all_at_once)
                break
            except Unavailable as error:
                log.warning("dispatch.held", channel=self._tables.channel, code=error.code)
                await _wait(stop, HELD_SECONDS)

    async def count_unclaimed(self, at_most: int) -> int:
        """Return how many rows of the normal lane wait to be claimed, up to `at_most`; 0 while the database is away."""

        def count() -> int:
            with self._database.for_system(read_only=True) as session:
                return rows.unclaimed(session, self._tables.deliveries, "normal", at_most)

        try:
            return await asyncio.to_thread(count)
        except Unavailable:
            return 0

    async def _finish(self) -> None:
        while self._flight.is_booked:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0)  # what came aboard last is started in the loop's next round
        if self._sending:
            await asyncio.wait(self._sending)
        await self._settled.join()

    async def _claim_until(self, stop: asyncio.Event, settler: asyncio.Task[None]) -> None:
        while not stop.is_set():
            if settler.done():  # of an error: better no dispatcher, which is started again, than one that only claims
                settler.result()
            if (rest := self._resting_until - clock.monotonic()) > 0:
                await _wait(stop, rest)
                continue
            try:
                batches = await self._claim_next()
            except Unavailable as error:
                log.warning("dispatch.held", channel=self._tables.channel, code=error.code)
                await _wait(stop, HELD_SECONDS)
                continue
            for batch in batches:
                self._start(batch)
            if not batches:
                self._room.clear()
                await _wait(self._room, IDLE_SECONDS)

    async def _claim_next(self) -> list[list[Claimed]]:
        """Claim some batches, urgent ones first; empty when nothing is due or the flight is full.

        Pages come straight into the flight again where nothing more was found; not meanwhile, or they would pass what waits.
        """
        self._flight.close()
        now = clock.now()
        closed = self._channel.closed_routes(now)
        wanted = []
        left_out: dict[str, Collection[str]] = {}
        needs_room = False
        for lane in self._awake_lanes():
            on_route = self._flight.on_routes(lane)
            free = self._flow.per_route - max(on_route.values(), default=0)  # one route may get all of what is claimed
            most = self._flight.room(lane) // self._flow.claim_size
            count = min(self._batches_at_once, max(1, free // self._flow.claim_size), most)
            if count > 0:
                full = [route for route, rows in on_route.items() if rows >= self._flow.per_route]
                needs_room = needs_room or bool(full)
                left_out[lane] = {*closed, *full}
                claim = Claim(lane, self._flow.claim_size, uuid4(), now + self._flow.lease, left_out[lane])
                wanted.append([replace(claim, batch_id=uuid4()) for _ in range(count)])
        self._needs_room = needs_room or len(left_out) < len(LANES)
        batches, empty = await asyncio.to_thread(self._claim, wanted, now) if wanted else ([], [])
        self._flight.add(_PLACE(row) for batch in batches for row in batch)
        for lane in {*empty} & {*self._awake_lanes()}:  # what is sent meanwhile may have sent a lane to rest
            self._flight.open(lane, left_out[lane])
        return batches

    def _awake_lanes(self) -> tuple[str, ...]:
        now = clock.monotonic()
        if now < self._resting_until:
            return ()
        return LANES if now >= self._normal_rests_until else LANES[:1]

    def _claim(self, wanted: Sequence[Sequence[Claim]], now: datetime) -> tuple[list[list[Claimed]], list[str]]:
        """Try the lanes in one transaction; return the batches, and the lanes in which nothing more is due.

        An idle dispatcher looks before it writes: on SQLite there is one writer only.
        """
        table = self._tables.deliveries
        if self._was_idle:
            with self._database.for_system(read_only=True) as session:
                if not any(rows.has_due(session, table, claims[0].lane, now, claims[0].closed_routes) for claims in wanted):
                    return [], [claims[0].lane for claims in wanted]
        batches: list[list[Claimed]] = []
        empty = []
        with self._database.for_system() as session:
            for claims in wanted:
                if not batches:
                    batches = self._claim_some(session, claims, now)
                    empty += [claims[0].lane] if len(batches) < len(claims) else []
        self._was_idle = not batches
        return batches, empty

    def _claim_some(self, session: Session, claims: Sequence[Claim], now: datetime) -> list[list[Claimed]]:
        if not self._flow.keeps_batches:
            return rows.claim(session, self._tables.deliveries, claims, now)
        return kept_batches.claim(session, self._tables, claims, now)

    def _start(self, batch: list[Claimed]) -> None:
        """Send a batch that the flight counts."""
        self._in_flight.update(zip(map(_ID, batch), batch, strict=True))
        self._notice_urgent(batch)
        task = asyncio.create_task(self._send(batch))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _take_aboard(self, taken_in: list[Claimed]) -> None:
        """Send what pages have brought, in the batches under which it was written; after the end their lease decides."""
        if self._has_ended:
            return
        for _, same in groupby(taken_in, key=_BATCH):
            some = list(same)
            for start in range(0, len(some), self._flow.claim_size):
                self._start(some[start : start + self._flow.claim_size])

    def _notice_urgent(self, batch: list[Claimed]) -> None:
        """Let the normal lane rest when urgent rows begin."""
        if batch[0].lane != "urgent":
            return
        newest = max(row.give_up_at for row in batch)
        if newest > self._newest_urgent:
            self._newest_urgent = newest
            self._normal_rests_until = clock.monotonic() + URGENT_SECONDS
            self._flight.close(["normal"])

    async def _send(self, batch: list[Claimed]) -> None:
        began = clock.monotonic()
        unanswered = {row.id: row for row in batch}
        outcome: Outcome = Unknown("no answer from the sender")
        try:
            async for part in self._channel.send(batch):
                self._settled.put_nowait([(unanswered[row_id], known) for row_id, known in part])
                for row_id, _ in part:
                    del unanswered[row_id]
        except Unavailable as error:  # content or keys could not be had: nothing was handed over
            log.warning("dispatch.not_prepared", channel=self._tables.channel, code=error.code)
            self._resting_until = clock.monotonic() + HELD_SECONDS
            self._flight.close()
            outcome = NotSent(error.code)
        except Exception:
            log.exception("dispatch.send_failed", channel=self._tables.channel, rows=len(unanswered))
            outcome = Unknown("error in the sender")
        if unanswered:
            self._settled.put_nowait([(row, outcome) for row in unanswered.values()])
        metrics.record_provider_time(self._tables.channel, clock.monotonic() - began)

    async def _settle_forever(self) -> None:
        while True:
            answers = [*await self._settled.get()]
            parts = 1
            deadline = clock.monotonic() + SETTLE_SECONDS
            while len(answers) < SETTLE_SIZE:
                try:
                    answers += self._settled.get_nowait()
                    parts += 1
                except asyncio.QueueEmpty:
                    left = deadline - clock.monotonic()
                    if left <= 0:
                        break
                    await asyncio.sleep(min(left, 0.02))
            await self._settle(answers)
            for _ in range(parts):
                self._settled.task_done()

    async def _settle(self, answers: list[tuple[Claimed, Outcome]]) -> None:
        """Write answers; while the database is away hold them: they are what nobody else knows."""
        now = clock.now()
        came_back = any(isinstance(outcome, NotSent) for _, outcome in answers)
        self._batches_at_once = 1 if came_back else min(2 * self._batches_at_once, MOST_BATCHES)
        ours = [(row, settle(outcome, row, now)) for row, outcome in answers if self._in_flight.get(row.id) is row]
        while True:
            try:
                written = await asyncio.to_thread(self._write, ours, now)
                break
            except Unavailable as error:
                log.warning("dispatch.settle_held", channel=self._tables.channel, code=error.code, rows=len(answers))
                await asyncio.sleep(HELD_SECONDS)
        if late := len(answers) - written:
            log.warning("dispatch.settled_late", channel=self._tables.channel, rows=late)
        for row, _ in ours:
            if self._in_flight.get(row.id) is row:  # not claimed again meanwhile
                del self._in_flight[row.id]
        self._flight.remove(Counter(_PLACE(row) for row, _ in answers))
        if self._needs_room:
            self._room.set()

    def _write(self, settlements: list[tuple[Claimed, Settlement]], now: datetime) -> int:
        """Settle rows and return how many were still ours: nearly always all, so that is tried first."""
        try:
            with self._database.for_system() as session:
                return sweep.settle_rows(session, self._tables, settlements, now, all_ours=True)
        except rows.Overtaken:
            with self._database.for_system() as session:
                return sweep.settle_rows(session, self._tables, settlements, now)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
