"""The loop of a dispatcher: CLAIM (tx) → PREPARE, HAND OVER (no tx) → SETTLE (tx, grouped, with its outbox event).

One claimer and one settler; batches are sent side by side. A slow destination keeps only its own rows in
flight: the claimer counts rows, not batches. Urgent first: the normal lane claims nothing new while urgent
rows are unclaimed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

import structlog

from common import clock, metrics, pulse
from common.db import Database
from common.delivery.channel import Channel
from common.delivery.claimer import Claimer, Found
from common.delivery.claims import Claim, Claimed, Passed
from common.delivery.flight import Flight
from common.delivery.holders import Heart
from common.delivery.outcomes import NotPrepared, NotSent, Outcome
from common.delivery.pace import Pace
from common.delivery.rows import Tables
from common.delivery.sending import Sending
from common.delivery.settle import Settler, Told
from common.delivery.states import FINAL
from common.errors import Unavailable
from common.schemas.events import LANES

log = structlog.get_logger()

IDLE_SECONDS = 0.1
# Before the next try while the database is away.
HELD_SECONDS = 1.0
# A supervisor kills after 30; what is unsettled then goes again as unknown.
FINISH_SECONDS = 25.0


class Dispatcher:
    """One process's loop over one channel's table."""

    def __init__(self, database: Database, tables: Tables, channel: Channel[Any], flight: Flight | None = None) -> None:
        self._flight = flight or Flight()
        self._channel = channel
        keeps_batches = self._flight.flow.keeps_batches
        self.claimer = Claimer(database, tables, self._flight.holder, keeps_batches=keeps_batches)
        self._heart = Heart(self.claimer.beat)
        self._settler = Settler(database, tables, self._settled)
        self._sending = Sending(tables.channel, channel, self._settler, self._heart)
        self._pace = Pace()
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()  # set when rows are settled and something was left for lack of room
        metrics.expect_deliveries(tables.channel, LANES, [state.value for state in FINAL])

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and send until `stop`; then finish what is claimed, settle it, and return."""
        loop = asyncio.get_running_loop()
        settling = asyncio.create_task(self._settler.run())
        beating = asyncio.create_task(self._heart.run())
        try:
            await _first_of(self._heart.begin(), stop)
            self._flight.begin(lambda rows: loop.call_soon_threadsafe(self._take_aboard, rows))
            await self._claim_until(stop, settling, beating)
            self._flight.end()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._finish(), FINISH_SECONDS)
        finally:
            self._flight.end()
            self._flight.close()
            for task in (settling, beating, *self._tasks):
                task.cancel()
            await asyncio.gather(settling, beating, *self._tasks, return_exceptions=True)
            with suppress(Unavailable):
                await asyncio.to_thread(self.claimer.leave, self._sending.unbegun, self._flight.take_lost())
            await self._channel.close()

    def resting(self) -> list[UUID]:
        """Return the messages that rest: what waits of them is nobody's backlog."""
        return self._sending.rests.messages(clock.monotonic())

    async def _finish(self) -> None:
        while self._flight.is_booked:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0)  # what came aboard last is started in the loop's next round
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._settler.all_written()

    async def _claim_until(self, stop: asyncio.Event, *beside: asyncio.Task[None]) -> None:
        """Claim and start batches. What works beside ends by an error only: better no dispatcher then, which is started
        again, than one that claims and can't settle, or that others hold for dead."""
        while not stop.is_set():
            for task in beside:
                if task.done():
                    task.result()
            try:
                batches = await self._claim_next()
            except Unavailable as error:
                log.warning("dispatch.held", channel=self.claimer.tables.channel, code=error.code)
                await _wait(stop, HELD_SECONDS)
                continue
            for batch in batches:
                self._start(batch)
            if not batches:
                self._room.clear()
                await _wait(self._room, IDLE_SECONDS)

    async def _claim_next(self) -> list[list[Claimed]]:
        """Claim some batches, urgent ones first; empty when nothing is due or the flight is full.

        Pages come straight into the flight again where nothing more was found; not meanwhile, or they would
        pass what waits.
        """
        self._flight.look()
        self._sending.measure()
        wanted = self._wanted(clock.now())
        found = await self._claim(wanted)
        self._flight.add((row.lane, row.route) for batch in found.batches for row in batch)
        left_out = {claims[0].lane: claims[0].passed.routes for claims in wanted}
        for lane in found.emptied:
            if lane in self._awake_lanes():  # what is sent meanwhile may have sent a lane to rest
                self._flight.nothing_waits(lane, left_out[lane])
        return found.batches

    def _awake_lanes(self) -> list[str]:
        return self._pace.awake_lanes(clock.monotonic(), self._channel.open_lanes(clock.now()))

    def _wanted(self, now: datetime) -> list[list[Claim]]:
        """Return for each lane that may claim as many claims as it may get batches."""
        flow = self._flight.flow
        closed = set(self._channel.closed_routes(now))
        resting = self.resting()
        wanted: list[list[Claim]] = []
        is_any_full = False
        for lane in self._awake_lanes():
            on_route = self._flight.on_routes(lane)
            full = {route for route, rows in on_route.items() if rows >= flow.per_route}
            is_any_full = is_any_full or bool(full)
            free = flow.per_route - max(on_route.values(), default=0)
            count = self._pace.batches(flow.claim_size, self._flight.room(lane), free)
            passed = Passed(closed | full, resting)
            claim = Claim(lane, flow.claim_size, uuid4(), now + flow.lease, self._flight.holder, passed)
            if count:
                wanted.append([replace(claim, batch_id=uuid4()) for _ in range(count)])
        self._pace.needs_room = is_any_full or len(wanted) < len(LANES)
        return wanted

    async def _claim(self, wanted: Sequence[Sequence[Claim]]) -> Found:
        lost = self._flight.take_lost()
        if not wanted and not lost:
            return Found()
        try:
            with pulse.step("dispatch.claim"):
                claim = partial(self.claimer.claim, wanted, lost, clock.now())
                return await asyncio.get_running_loop().run_in_executor(self.claimer.thread, claim)
        except Unavailable:
            self._flight.lose([*lost, *self.claimer.unsure])
            raise

    def _start(self, batch: list[Claimed]) -> None:
        """Send a batch that the flight counts."""
        self._settler.expect(batch)
        if batch[0].lane == "urgent":
            newest = max(row.give_up_at for row in batch)
            if self._pace.urgent_began(newest, clock.monotonic()):
                self._flight.urgent_began()
        task = asyncio.create_task(self._sending.send(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _take_aboard(self, taken_in: list[Claimed]) -> None:
        """Send what pages have brought, in the batches under which it was written; after the end others find it."""
        if self._flight.is_closed:
            return
        size = self._flight.flow.claim_size
        for _, same in groupby(taken_in, key=lambda row: row.batch_id):
            some = list(same)
            for start in range(0, len(some), size):
                self._start(some[start : start + size])

    def _settled(self, told: Sequence[Told]) -> None:
        """Give the room of settled rows to others."""
        came_back = any(_is_paced(outcome) for _, outcome in told)
        self._pace.settled(came_back=came_back)
        self._flight.remove(Counter((row.lane, row.route) for row, _ in told))
        if self._pace.needs_room:
            self._room.set()


def _is_paced(outcome: Outcome) -> bool:
    """Return whether a row came back because of its destination's pace; what one school lacks slows nobody."""
    return isinstance(outcome, NotSent) and not isinstance(outcome, NotPrepared)


async def _first_of(work: Any, stop: asyncio.Event) -> None:
    """Wait for `work`, or until `stop`."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        working.cancel()
        stopping.cancel()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
