"""A dispatcher as one role: it takes pages in and hands deliveries over, side by side.

A long backlog stops the taking in.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog

from common import pulse
from common.bus import Queue, Worker
from common.delivery.dispatcher import Dispatcher
from common.errors import Unavailable

log = structlog.get_logger()
LOOK_SECONDS = 0.5
BACKLOG = "backlog"


@dataclass(frozen=True)
class DispatchRole:
    """What a dispatcher's worker process runs.

    Beyond `backlog_limit` unclaimed rows the broker holds the normal lane's rest.
    `is_alone`: no other process claims from this table (standalone mode), so rows found claimed at
    the start belong to one that died, and need not wait for the end of their lease.
    """

    worker: Worker
    dispatcher: Dispatcher
    normal_queue: Queue
    backlog_limit: int
    is_alone: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`, then finish what is in hand."""
        if self.is_alone:
            await self._take_over(stop)
        await asyncio.gather(
            self.worker.run(stop),
            self.dispatcher.run(stop),
            self._watch_backlog(stop),
        )

    async def _take_over(self, stop: asyncio.Event) -> None:
        """Settle what the process before this one had in hand, as soon as the database is there."""
        while not stop.is_set():
            try:
                await asyncio.to_thread(self.dispatcher.claimer.settle_all_claimed)
                break
            except Unavailable as error:
                log.warning("dispatch.held", code=error.code)
                await _wait(stop, LOOK_SECONDS)

    async def _count_waiting(self) -> int:
        """Return how many rows of the normal lane wait; 0 while nobody knows.

        It counts no further than matters.
        """
        count = self.dispatcher.claimer.count_unclaimed
        try:
            with pulse.step("dispatch.backlog"):
                resting = self.dispatcher.resting()
                return await asyncio.to_thread(count, self.backlog_limit + 1, resting)
        except Unavailable:
            return 0

    async def _watch_backlog(self, stop: asyncio.Event) -> None:
        pauses = self.worker.pauses
        queue = self.normal_queue.name
        is_paused = False
        while not stop.is_set():
            if not is_paused:
                # While nothing is due there is nothing to count.
                await self.dispatcher.busy.wait()
            waiting = await self._count_waiting()
            if not is_paused and waiting > self.backlog_limit:
                await pauses.pause(queue, BACKLOG)
                is_paused = True
            elif is_paused and waiting < self.backlog_limit // 2:
                await pauses.resume(queue, BACKLOG)
                is_paused = False
            await _wait(stop, LOOK_SECONDS)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
