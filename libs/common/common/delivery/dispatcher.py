"""The loop of a dispatcher: CLAIM (tx) → PREPARE, HAND OVER (no tx) → SETTLE (tx, with its events).

One claimer and one settler; batches are sent side by side. A slow destination keeps only its own
rows in flight: the claimer counts rows, not batches. Urgent first: the normal lane claims nothing
new while urgent rows are unclaimed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import chain, groupby
from typing import Any
from uuid import UUID, uuid4

import structlog

from common import clock, metrics, pulse
from common.db import Database
from common.db.listen import LONGEST_REST_SECONDS, Wake
from common.delivery.channel import Courier
from common.delivery.claimer import Claimer, FoundRows
from common.delivery.claims import Claim, Claimed, Passed
from common.delivery.flight import Flight
from common.delivery.holders import Heart
from common.delivery.outcomes import NotPrepared, NotSent, Outcome
from common.delivery.pace import Pace
from common.delivery.rows import WAITING, Tables
from common.delivery.sending import Sending
from common.delivery.settle import Settler, Told
from common.errors import Unavailable
from common.words import FINAL, LANES

log = structlog.get_logger()

# Between two looks while rows are due that may not go now, or pages wait for a lane to open.
PASSED_OVER_SECONDS = 0.1
# Before the next try while the database is away.
HELD_SECONDS = 1.0
# A supervisor kills after 30; what is unsettled then goes again as unknown.
FINISH_SECONDS = 25.0


class Dispatcher:
    """One process's loop over one channel's table."""

    def __init__(
        self,
        database: Database,
        tables: Tables,
        channel: Courier[Any],
        flight: Flight | None = None,
    ) -> None:
        self._database = database
        self._flight = flight or Flight()
        self._channel = channel
        keeps_batches = self._flight.flow.keeps_batches
        self.claimer = Claimer(database, tables, self._flight.holder, keeps_batches=keeps_batches)
        self._heart = Heart(self.claimer.beat)
        self._settler = Settler(database, tables, self._settled)
        self._sending = Sending(tables.channel, channel, self._settler, self._heart)
        self._pace = Pace()
        self._tasks: set[asyncio.Task[None]] = set()
        # While it runs.
        self._wake: Wake
        # Cleared while its last look saw nothing that is due; set again at the end.
        self.busy = asyncio.Event()
        self.busy.set()
        final = [state.value for state in FINAL]
        metrics.expect_deliveries(tables.channel, LANES, final)

    async def run(self, stop: asyncio.Event) -> None:
        """Claim and send until `stop`; then finish what is claimed, settle it, and return."""
        try:
            async with Wake(self._database, [WAITING], stop) as self._wake:
                await self._run(stop)
        finally:
            self.busy.set()

    async def _run(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()

        def board(rows: list[Claimed]) -> None:
            loop.call_soon_threadsafe(self._take_aboard, rows)

        settling = asyncio.create_task(self._settler.run())
        beating = asyncio.create_task(self._heart.run())
        for task in (settling, beating):
            task.add_done_callback(lambda _ended: self._wake.tell())
        try:
            await _first_of(self._heart.begin(), stop)
            self._flight.begin(board, self._wake.tell)
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
            await self._leave()

    async def _leave(self) -> None:
        """Give back what was not begun, and let the provider go."""
        with suppress(Unavailable):
            lost = self._flight.take_lost()
            await asyncio.to_thread(self.claimer.leave, self._sending.unbegun, lost)
        await self._channel.close()

    def resting(self) -> list[UUID]:
        """Return the messages that rest: what waits of them is nobody's backlog."""
        return self._sending.rests.messages(clock.monotonic())

    async def _finish(self) -> None:
        while self._flight.is_booked:
            await asyncio.sleep(0.02)
        # What came aboard last is started in the loop's next round.
        await asyncio.sleep(0)
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._settler.all_written()

    async def _claim_until(self, stop: asyncio.Event, *beside: asyncio.Task[None]) -> None:
        """Claim and start batches.

        What works beside ends by an error only: better no dispatcher then, which is started again,
        than one that claims and can't settle, or that others hold for dead.
        """
        while not stop.is_set():
            for task in beside:
                if task.done():
                    task.result()
            await self._wake.listen()
            try:
                found = await self._claim_next()
            except Unavailable as error:
                log.warning("dispatch.held", channel=self.claimer.tables.channel, code=error.code)
                await _wait(stop, HELD_SECONDS)
                continue
            for batch in found.batches:
                self._start(batch)
            if not found.batches:
                await self._wake.rest(self._rest_seconds(found))

    def _rest_seconds(self, found: FoundRows) -> float:
        """Return how long to rest unwoken after a claim that brought nothing."""
        are_open = all(self._flight.is_open(lane) for lane in LANES)
        if not (found.is_quiet and are_open):
            return PASSED_OVER_SECONDS
        if found.next_attempt is None:
            return LONGEST_REST_SECONDS
        left = (found.next_attempt - clock.now()).total_seconds()
        return min(max(left, 0.0), LONGEST_REST_SECONDS)

    async def _claim_next(self) -> FoundRows:
        """Claim some batches, urgent ones first; none when nothing is due or the flight is full.

        Pages come straight into the flight again where nothing more was found; not meanwhile, or
        they would pass what waits.
        """
        self._flight.look()
        self._sending.measure()
        wanted = self._wanted(clock.now())
        found = await self._claim(wanted)
        claimed = chain.from_iterable(found.batches)
        self._flight.add((row.lane, row.route) for row in claimed)
        self._open_emptied(found.emptied, wanted)
        if found.is_quiet:
            self.busy.clear()
        else:
            self.busy.set()
        return found

    def _open_emptied(self, emptied: Sequence[str], wanted: Sequence[Sequence[Claim]]) -> None:
        """Open lanes in which nothing more waits, but for the routes that the claim left out."""
        left_out = {claims[0].lane: claims[0].passed.routes for claims in wanted}
        for lane in emptied:
            # What is sent meanwhile may have sent a lane to rest.
            if lane in self._awake_lanes():
                self._flight.nothing_waits(lane, left_out[lane])

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
            if full:
                is_any_full = True
            free_on_route = flow.per_route - max(on_route.values(), default=0)
            room = self._flight.room(lane)
            count = self._pace.batches(flow.claim_size, room, free_on_route)
            if count:
                passed = Passed(closed | full, resting)
                wanted.append(self._claims(lane, count, passed, now))
        self._pace.needs_room = is_any_full or len(wanted) < len(LANES)
        return wanted

    def _claims(self, lane: str, count: int, passed: Passed, now: datetime) -> list[Claim]:
        """Return so many claims, each under a batch id of its own."""
        flow = self._flight.flow
        lease_until = now + flow.lease
        return [
            Claim(lane, flow.claim_size, uuid4(), lease_until, self._flight.holder, passed)
            for _ in range(count)
        ]

    async def _claim(self, wanted: Sequence[Sequence[Claim]]) -> FoundRows:
        lost = self._flight.take_lost()
        if not wanted and not lost:
            return FoundRows()
        try:
            with pulse.step("dispatch.claim"):
                loop = asyncio.get_running_loop()
                claim = partial(self.claimer.claim, wanted, lost, clock.now())
                return await loop.run_in_executor(self.claimer.thread, claim)
        except Unavailable:
            self._flight.lose([*lost, *self.claimer.unsure])
            raise

    def _start(self, batch: list[Claimed]) -> None:
        """Send a batch that the flight counts."""
        self._settler.expect(batch)
        if batch[0].lane == "urgent":
            newest = max(row.give_up_at for row in batch)
            is_newer = self._pace.urgent_began(newest, clock.monotonic())
            if is_newer:
                self._flight.urgent_began()
                # Nothing but a look opens the normal lane again.
                self._wake.tell()
        task = asyncio.create_task(self._sending.send(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _take_aboard(self, taken_in: list[Claimed]) -> None:
        """Send what pages have brought, in the batches under which it was written.

        After the end others find it.
        """
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
            self._wake.tell()


def _is_paced(outcome: Outcome) -> bool:
    """Return whether a row came back because of its destination's pace.

    What one school lacks slows nobody.
    """
    return isinstance(outcome, NotSent) and not isinstance(outcome, NotPrepared)


async def _first_of(work: Any, stop: asyncio.Event) -> None:
    """Wait for `work`, or until `stop`."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
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
