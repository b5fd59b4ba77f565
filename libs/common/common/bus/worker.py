"""The queue door of a house: each event handled once, in one transaction with its inbox row; held, or parked, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common import clock, metrics
from common.bus import inbox, parked, signatures
from common.bus.parked import Inadmissible, ParkedEvent
from common.bus.topology import Queue, dead_letter_queue
from common.bus.transport import Incoming, Transport
from common.db import Database
from common.db.erasure import SchoolErased
from common.errors import Unavailable
from common.keys import Keys
from common.logs import scrub
from common.schemas import Envelope, EventRefused

log = structlog.get_logger()

TRIES = 3  # of a handler that fails for a reason of its own
TRY_AGAIN_SECONDS = 0.2
LONGEST_HOLD_SECONDS = 30.0
MOST_DELIVERIES = 5  # an event that came so often without an answer may be what takes its worker down
FINISH_SECONDS = 20.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Handler:
    """What to do with one type of event.

    `gather(event) -> facts` runs outside any transaction: HTTP to other houses belongs there.
    `around(facts)` is a context that holds something while the transaction lasts, and gives `act` the facts it gets.
    `act(session, event, facts, *, now)` runs in the transaction that also notes the event as received.
    `even_erased`: also for a school whose data is erased; any other event of such a school does nothing.
    """

    act: Callable[..., object]
    gather: Callable[[Envelope], Any] | None = None
    even_erased: bool = False
    around: Callable[[Any], AbstractContextManager[Any]] = nullcontext

    @contextmanager
    def facts(self, event: Envelope) -> Iterator[Any]:
        """Gather what `act` needs, for a block that opens the transaction and acts."""
        with self.around(self.gather(event) if self.gather else None) as facts:
            yield facts


def handler(
    act: Callable[..., object],
    gather: Callable[[Envelope], Any] | None = None,
    around: Callable[[Any], AbstractContextManager[Any]] = nullcontext,
    *,
    even_erased: bool = False,
) -> Handler:
    """Describe how an event is handled: `handler(gather=find_page(clients), act=accept_page(policy))`."""
    return Handler(act, gather, even_erased, around)


class Worker:
    """One process's consumer of a house's queues.

    A transient failure (Unavailable: database, another house) holds the message in the process, to be tried again after
    1, 2, 4 … 30 s; it goes back to the broker only at shutdown, so that the broker's count of deliveries counts crashes.
    """

    def __init__(
        self, keys: Keys, database: Database, transport: Transport, queues: Sequence[Queue], handlers: Mapping[str, Handler]
    ) -> None:
        self.transport = transport
        self._keys = keys
        self._service = keys.service
        self._database = database
        self._queues = queues
        self._handlers = handlers
        dead = (dead_letter_queue(name) for name in sorted({queue.service for queue in queues}))
        self._alone = asyncio.Lock()  # one suspect at a time, so that a crash says which it was
        self._threads: ThreadPoolExecutor | None = None
        self._worked = [*((queue, self._take) for queue in queues), *((queue, self._take_dead) for queue in dead)]

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; then finish what runs (at most 20 s), give the rest back, and return."""
        # Threads of its own: the loop's few are shared with relays and dispatchers, and a slow handler would starve them.
        threads = ThreadPoolExecutor(sum(queue.concurrency for queue, _ in self._worked), f"{self._service}-worker")
        self._threads = threads
        held: dict[str, asyncio.Queue[Incoming | None]] = {queue.name: asyncio.Queue() for queue, _ in self._worked}
        tasks = [
            asyncio.create_task(self._work(queue, take, held[queue.name], stop))
            for queue, take in self._worked
            for _ in range(queue.concurrency)
        ]
        try:
            await self.transport.start()
            await self.transport.declare(self._queues)
            for queue, _ in self._worked:
                await self.transport.consume(queue, held[queue.name].put_nowait)
            await stop.wait()
            for queue, _ in self._worked:
                await self.transport.stop_consuming(queue.name)
        finally:
            for queue, _ in self._worked:
                _give_back(held[queue.name], queue.concurrency)
            _, running = await asyncio.wait(tasks, timeout=FINISH_SECONDS if stop.is_set() else 0)
            for task in running:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            threads.shutdown(wait=False, cancel_futures=True)

    async def _work(
        self,
        queue: Queue,
        take: Callable[[Queue, Incoming, asyncio.Event], Any],
        held: asyncio.Queue[Incoming | None],
        stop: asyncio.Event,
    ) -> None:
        """Answer one message after the other, until None comes."""
        while (message := await held.get()) is not None:
            try:
                await take(queue, message, stop)
            except _GivenBack:
                message.requeue()
            except BaseException:
                message.requeue()
                raise
            else:
                message.ack()

    async def _take(self, queue: Queue, message: Incoming, stop: asyncio.Event) -> None:
        """Handle a message or park it; raise _GivenBack when there is no time left for either."""
        if message.deliveries < MOST_DELIVERIES:
            return await self._handle_or_park(queue, message, stop)
        detail = f"delivered {message.deliveries} times without an answer"
        suspect = _parked(queue.name, message, parked.CRASHED, detail, message.deliveries)
        if suspect.event_id is None:
            return await self._park(suspect, message, stop)
        async with self._alone:
            if not await self._hold(partial(self._write, parked.accuse, suspect), message, stop, Exception):
                return await self._park(suspect, message, stop)
            try:
                return await self._handle_or_park(queue, message, stop)
            finally:
                with suppress(Unavailable):
                    await self._in_thread(partial(self._write, parked.acquit, suspect))

    async def _handle_or_park(self, queue: Queue, message: Incoming, stop: asyncio.Event) -> None:
        try:
            event = await self._in_thread(partial(Envelope.load, message.body))
        except EventRefused as refused:
            return await self._park(_parked(queue.name, message, refused.reason, scrub(str(refused))), message, stop)
        except Exception as error:
            return await self._park(_parked(queue.name, message, "failed", parked.describe(error)), message, stop)
        if event.type not in self._handlers:
            detail = f"{queue.name} has no handler for {event.type}"
            return await self._park(_parked(queue.name, message, "unknown_type", detail), message, stop)
        for attempt in range(1, TRIES + 1):
            try:
                result = await self._hold(partial(self._handle, queue, event, message), message, stop, Unavailable)
                return metrics.record_handled(self._service, event.type, result)
            except _GivenBack:
                raise
            except Inadmissible as refused:
                return await self._park(_parked(queue.name, message, refused.reason, refused.detail, attempt), message, stop)
            except Exception as error:
                detail = parked.describe(error)
                log.warning("bus.handler_failed", service=self._service, type=event.type, attempt=attempt, error=detail)
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        return await self._park(_parked(queue.name, message, "failed", detail, TRIES), message, stop)

    async def _take_dead(self, queue: Queue, message: Incoming, stop: asyncio.Event) -> None:
        """Park what the broker has given up on."""
        detail = f"delivered {message.deliveries} times, then given up by the broker"
        await self._park(_parked(message.died_in or queue.name, message, "dead_lettered", detail), message, stop)

    async def _in_thread(self, step: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, step)

    def _handle(self, queue: Queue, event: Envelope, message: Incoming) -> str:
        """Check who said it, gather and act.

        Return `done`, `seen` when the event was handled before, `erased` when its school is no more.
        """
        signatures.check(self._keys, event.type, message)
        chosen = self._handlers[event.type]
        school_id = event.school_id
        if chosen.gather and school_id and not chosen.even_erased and self._database.has_erased(school_id):
            return "erased"  # without asking other houses about it
        try:
            with chosen.facts(event) as facts, self._open(school_id, chosen) as session:
                now = clock.now()
                if not inbox.first_time(session, queue.name, event.id, now):
                    return "seen"
                chosen.act(session, event, facts, now=now)
        except SchoolErased:
            return "erased"
        return "done"

    def _open(self, school_id: UUID | None, chosen: Handler) -> AbstractContextManager[Session]:
        if school_id is None:
            return self._database.for_system()
        return self._database.for_school(school_id, even_erased=chosen.even_erased)

    async def _park(self, event: ParkedEvent, message: Incoming, stop: asyncio.Event) -> None:
        if await self._hold(partial(self._write, parked.park, event), message, stop, Exception):
            log.error("bus.parked", service=self._service, queue=event.queue, type=event.type, reason=event.reason)
            metrics.record_parked(self._service, event.reason)
            metrics.record_handled(self._service, _label(event.type, self._handlers), "parked")

    def _write(self, change: Callable[[Session, ParkedEvent], T], event: ParkedEvent) -> T:
        with self._database.for_system() as session:
            return change(session, event)

    async def _hold(self, step: Callable[[], T], message: Incoming, stop: asyncio.Event, transient: type[Exception]) -> T:
        """Run a step in a thread, again and again while it fails for a `transient` reason, until `stop` or the message is lost."""
        delay = 1.0
        while True:
            try:
                return await self._in_thread(step)
            except transient as error:
                if delay == 1.0:
                    code = error.code if isinstance(error, Unavailable) else type(error).__name__
                    log.warning("bus.held", service=self._service, event_id=str(message.event_id), code=code)
                    metrics.record_handled(self._service, "any", "held")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), delay)
            if stop.is_set() or message.is_lost():
                raise _GivenBack
            delay = min(delay * 2, LONGEST_HOLD_SECONDS)


class _GivenBack(Exception):
    """There is no time left for a held message, or no use: the broker delivers it again."""


def _give_back(held: asyncio.Queue[Incoming | None], takers: int) -> None:
    """Give back what nobody has begun, and tell every taker to end."""
    while not held.empty():
        if message := held.get_nowait():
            message.requeue()
    for _ in range(takers):
        held.put_nowait(None)


def _parked(queue: str, message: Incoming, reason: str, detail: str, attempts: int = 1) -> ParkedEvent:
    body = parked.readable(message.body)
    return ParkedEvent(queue, reason, detail, body, message.event_id, parked.type_of(body), attempts)


def _label(event_type: str | None, handlers: Mapping[str, Handler]) -> str:
    return event_type if event_type and event_type in handlers else "unknown"  # a stranger's words must not grow the metrics
