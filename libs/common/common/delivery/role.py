"""A dispatcher as one role: it takes pages in and hands deliveries over, side by side; a long backlog stops the taking in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from common.bus import Queue, Worker
from common.delivery.dispatcher import Dispatcher


@dataclass(frozen=True)
class DispatchRole:
    """What a dispatcher's worker process runs. Beyond `backlog_limit` unclaimed rows the broker holds the normal lane's rest.

    `is_alone`: no other process claims from this table (standalone mode), so rows found claimed at the start belong to one that
    died, and need not wait for the end of their lease.
    """

    worker: Worker
    dispatcher: Dispatcher
    normal_queue: Queue
    backlog_limit: int
    is_alone: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`, then finish what is in hand."""
        if self.is_alone:
            await self.dispatcher.sweep_dead(stop)
        await asyncio.gather(self.worker.run(stop), self.dispatcher.run(stop), self._watch_backlog(stop))

    async def _watch_backlog(self, stop: asyncio.Event) -> None:
        paused = False
        while not stop.is_set():
            waiting = await self.dispatcher.count_unclaimed(self.backlog_limit + 1)
            if not paused and waiting > self.backlog_limit:
                await self.worker.transport.pause(self.normal_queue.name)
                paused = True
            elif paused and waiting < self.backlog_limit // 2:
                await self.worker.transport.resume(self.normal_queue.name)
                paused = False
            try:
                await asyncio.wait_for(stop.wait(), 0.5)
            except TimeoutError:
                continue
