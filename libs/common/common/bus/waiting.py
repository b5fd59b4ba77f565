"""What works on events that wait for another house, and what lets a queue pause.

Both work beside the slots of the worker.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable

import structlog

from common import clock, pulse
from common.bus import held
from common.bus.held import HeldEvent, Line
from common.bus.transport import Transport
from common.db import Database
from common.errors import Unavailable

log = structlog.get_logger()

# Schools that are tried at the same time. One whose house answers after ten seconds holds one place
# of these.
LINES_AT_ONCE = 8
# Of one school and queue so many events wait until the next ones are set aside untried.
CROWD = 2
LOOK_SECONDS = 0.5
# Where nothing waits, as far as this process knows: what another one left is found so soon.
IDLE_LOOK_SECONDS = 30.0
PAUSED_LOOK_SECONDS = 2.0
DATABASE_AWAY = "database_away"


class Waiting:
    """Tries events again that wait, one of each school at a time.

    `take(event, stop)` returns whether it is done with.
    """

    def __init__(
        self,
        service: str,
        database: Database,
        take: Callable[[HeldEvent, asyncio.Event], Awaitable[bool]],
    ) -> None:
        self._service = service
        self._database = database
        self._take = take
        self._crowd: Counter[Line] = Counter()
        self._busy: set[Line] = set()
        self._added = asyncio.Event()

    def is_crowded(self, line: Line) -> bool:
        """Return whether the events of a school are better set aside untried.

        Others of it wait already.
        """
        return self._crowd[line] >= CROWD

    def added(self, line: Line) -> None:
        """Note that one more event waits."""
        self._crowd[line] += 1
        self._added.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Try again what is due, until `stop`; what is being tried then is finished."""
        trying: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            places = LINES_AT_ONCE - len(trying)
            for event in await self._due(places):
                self._busy.add(event.line)
                task = asyncio.create_task(self._try(event, stop))
                trying.add(task)
                task.add_done_callback(trying.discard)
            await self._pause(stop)
            self._added.clear()
        await asyncio.gather(*trying)

    async def _pause(self, stop: asyncio.Event) -> None:
        seconds = LOOK_SECONDS if self._crowd else IDLE_LOOK_SECONDS
        await _first_of(seconds, stop, self._added)

    async def _due(self, places: int) -> list[HeldEvent]:
        """Return what may be tried now, as many as there are places."""
        if places <= 0:
            return []

        busy = set(self._busy)

        def look() -> tuple[list[HeldEvent], Counter[Line]]:
            with self._database.for_system() as session:
                return held.take_due(session, clock.now(), busy, places), held.count(session)

        try:
            with pulse.step("waiting.look"):
                due, self._crowd = await asyncio.to_thread(look)
        except Unavailable:
            return []
        return due

    async def _try(self, event: HeldEvent, stop: asyncio.Event) -> None:
        def forget() -> None:
            with self._database.for_system() as session:
                held.drop(session, event, clock.now())

        try:
            if await self._take(event, stop):
                await asyncio.to_thread(forget)
                # The others of its line are due now (`held.drop`), and new ones are not set aside
                # meanwhile; the next look counts what still waits.
                self._crowd[event.line] = 0
                self._added.set()
        except Unavailable as error:
            # It is tried once more when its time with us is over; the inbox knows what is done.
            log.warning(
                "bus.held", service=self._service, event_id=str(event.event_id), code=error.code
            )
        finally:
            self._busy.discard(event.line)


class QueuePauses:
    """Why queues pause: one reason must not end the pause of another."""

    def __init__(self, database: Database, transport: Transport) -> None:
        self._database = database
        self._transport = transport
        self._reasons: defaultdict[str, set[str]] = defaultdict(set)
        self._database_is_away = asyncio.Event()

    def is_on(self, queue_name: str, reason: str) -> bool:
        return reason in self._reasons[queue_name]

    async def pause(self, queue_name: str, reason: str) -> None:
        """Take no more from a queue, until this reason and all others are over."""
        is_first = not self._reasons[queue_name]
        self._reasons[queue_name].add(reason)
        if reason == DATABASE_AWAY:
            self._database_is_away.set()
        if is_first:
            await self._transport.pause(queue_name)

    async def resume(self, queue_name: str, reason: str) -> None:
        """Say that a reason is over."""
        if reason not in self._reasons[queue_name]:
            return
        self._reasons[queue_name].discard(reason)
        if not self._reasons[queue_name]:
            await self._transport.resume(queue_name)

    async def run(self, stop: asyncio.Event) -> None:
        """Let queues go on that paused for the database, as soon as it is there."""
        while not stop.is_set():
            await _first_of(None, stop, self._database_is_away)
            self._database_is_away.clear()
            while self._of_database() and not stop.is_set():
                await _first_of(PAUSED_LOOK_SECONDS, stop)
                if await asyncio.to_thread(self._database.is_ready):
                    for name in self._of_database():
                        await self.resume(name, DATABASE_AWAY)

    def _of_database(self) -> list[str]:
        """Return the queues that pause for the database."""
        return [name for name, reasons in self._reasons.items() if DATABASE_AWAY in reasons]


async def _first_of(seconds: float | None, *events: asyncio.Event) -> None:
    """Wait for the first of some events, at most so long; None: as long as it takes."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
