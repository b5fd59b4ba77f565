"""The queue door of a house: each event handled once, in one transaction with its inbox row; held, or parked, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common import clock, metrics, pulse
from common.bus import inbox, parked, signatures
from common.bus.handler import Handler
from common.bus.held import HeldEvent, keep
from common.bus.parked import Inadmissible, ParkedEvent
from common.bus.topology import Queue, dead_letter_queue
from common.bus.transport import Incoming, NotConfirmed, Outgoing, Transport, Unroutable
from common.bus.waiting import DATABASE_AWAY, LINES_AT_ONCE, Pauses, Waiting
from common.db import Database
from common.db.clock_check import ClockOff
from common.db.database import DatabaseAway
from common.db.erasure import SchoolErased
from common.errors import Broken, Unavailable
from common.keys import Keys
from common.logs import scrub
from common.schemas import Envelope, EventRefused

log = structlog.get_logger()

TRIES = 3  # of a handler that fails for a reason of its own
TRY_AGAIN_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 30.0
# While the own database is away an event is held in its slot; after so long it goes back to the broker, which
# would otherwise close the channel (consumer_timeout, 30 minutes in deploy/rabbitmq) and count it as a crash.
LONGEST_HOLD_SECONDS = 300.0
MOST_DELIVERIES = 5  # an event that came so often without an answer may be what takes its worker down
FINISH_SECONDS = 20.0
MOST_OF_A_SIGNATURE = 255  # as the column has it; what is longer is nobody's
HANDLER_SECONDS = 300.0  # other houses may take their whole patience, several times, and statements theirs

# Nothing else of this house would go either, so an event that meets it is held where it is.
OWN_TROUBLE = (DatabaseAway, ClockOff)

Transient = type[Exception] | tuple[type[Exception], ...]
E = TypeVar("E")
T = TypeVar("T")


class Worker:
    """One process's consumer of a house's queues.

    What fails because another house is away, or broken, waits in the database (`held`) and is tried again by
    `Waiting`; the slot goes on with the next event. Only while the own database is away an event is held in
    its slot. So the broker's count of deliveries counts crashes, and no school holds up another.
    """

    def __init__(
        self, keys: Keys, database: Database, transport: Transport, queues: Sequence[Queue], handlers: Mapping[str, Handler]
    ) -> None:
        self.transport = transport
        self.pauses = Pauses(database, transport)
        self._keys = keys
        self._service = keys.service
        self._database = database
        self._queues = queues
        self._handlers = handlers
        self._waiting = Waiting(self._service, database, self._take_held)
        self._alone = asyncio.Lock()  # one suspect at a time, so that a crash says which it was
        self._threads: ThreadPoolExecutor | None = None
        dead = (dead_letter_queue(name) for name in sorted({queue.service for queue in queues}))
        self._worked = [*((queue, self._take) for queue in queues), *((queue, self._take_dead) for queue in dead)]

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; then finish what runs (at most 20 s), give the rest back, and return."""
        # Threads of its own: the loop's few are shared with relays and dispatchers, and a slow handler would starve them.
        slots = sum(queue.concurrency for queue, _ in self._worked)
        threads = ThreadPoolExecutor(slots + LINES_AT_ONCE, f"{self._service}-worker")
        self._threads = threads
        in_hand: dict[str, asyncio.Queue[Incoming | None]] = {queue.name: asyncio.Queue() for queue, _ in self._worked}
        tasks = [
            asyncio.create_task(self._work(queue, take, in_hand[queue.name], stop))
            for queue, take in self._worked
            for _ in range(queue.concurrency)
        ]
        tasks += [asyncio.create_task(self._waiting.run(stop)), asyncio.create_task(self.pauses.run(stop))]
        try:
            await self.transport.start()
            await self.transport.declare(self._queues)
            for queue, _ in self._worked:
                await self.transport.consume(queue, in_hand[queue.name].put_nowait)
            await _first_end(stop, tasks)
            for queue, _ in self._worked:
                await self.transport.stop_consuming(queue.name)
        finally:
            for queue, _ in self._worked:
                _give_back(in_hand[queue.name], queue.concurrency)
            _, running = await asyncio.wait(tasks, timeout=FINISH_SECONDS if stop.is_set() else 0)
            for task in running:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            threads.shutdown(wait=False, cancel_futures=True)

    async def _work(
        self,
        queue: Queue,
        take: Callable[[Queue, Incoming, asyncio.Event], Any],
        in_hand: asyncio.Queue[Incoming | None],
        stop: asyncio.Event,
    ) -> None:
        """Answer one message after the other, until None comes."""
        while (message := await in_hand.get()) is not None:
            if self.pauses.is_on(queue.name, DATABASE_AWAY):
                await self._put_back(queue, message)
                continue
            try:
                await take(queue, message, stop)
            except _GivenBack:
                message.requeue()
            except _HeldTooLong:
                await self._put_back(queue, message)
            except BaseException:
                message.requeue()
                raise
            else:
                message.ack()

    async def _put_back(self, queue: Queue, message: Incoming) -> None:
        """Give a message back as a new one, so that it counts as no crash, and take no more until the database is there."""
        await self.pauses.pause(queue.name, DATABASE_AWAY)
        if message.event_id is None:
            return message.requeue()
        again = Outgoing(queue.name, message.body.decode(errors="replace"), message.event_id, message.signature)
        try:
            await self.transport.publish(again)
        except (NotConfirmed, Unroutable):
            message.requeue()
        else:
            message.ack()

    async def _take(self, queue: Queue, message: Incoming, stop: asyncio.Event) -> None:
        """Handle a message, set it aside or park it; raise _GivenBack when there is no time left for any of it."""
        if message.deliveries < MOST_DELIVERIES:
            await self._handle_or_park(queue.name, message, stop)
            return None
        detail = f"delivered {message.deliveries} times without an answer"
        suspect = _parked(queue.name, message, parked.CRASHED, detail, message.deliveries)
        if suspect.event_id is None:
            return await self._park(suspect, message, stop)
        async with self._alone:
            if not await self._hold(partial(self._write, parked.accuse, suspect), message, stop, Exception):
                return await self._park(suspect, message, stop)
            try:
                await self._handle_or_park(queue.name, message, stop)
            finally:
                with suppress(Unavailable):
                    await self._in_thread(partial(self._write, parked.acquit, suspect))

    async def _take_held(self, event: HeldEvent, stop: asyncio.Event) -> bool:
        """Try an event again that has waited; return whether it is done with."""
        try:
            return await self._handle_or_park(event.queue, event.as_incoming(), stop, event)
        except (_GivenBack, _HeldTooLong):
            return False

    async def _handle_or_park(self, queue: str, message: Incoming, stop: asyncio.Event, held: HeldEvent | None = None) -> bool:
        """Handle a message or park it; return False when it is set aside instead, to wait for another house."""
        try:
            event = await self._in_thread(partial(Envelope.load, message.body))
        except EventRefused as refused:
            await self._park(_parked(queue, message, refused.reason, scrub(str(refused))), message, stop)
            return True
        except Exception as error:
            await self._park(_parked(queue, message, "failed", parked.describe(error)), message, stop)
            return True
        if event.type not in self._handlers:
            detail = f"{queue} has no handler for {event.type}"
            await self._park(_parked(queue, message, "unknown_type", detail), message, stop)
            return True
        if held is None and self._waiting.is_crowded((queue, event.school_id)):
            await self._set_aside(_held(queue, message, event), message, stop)
            return False
        return await self._try(queue, message, event, stop, held or _held(queue, message, event))

    async def _try(self, queue: str, message: Incoming, event: Envelope, stop: asyncio.Event, held: HeldEvent) -> bool:
        detail = ""
        for attempt in range(1, TRIES + 1):
            try:
                result = await self._hold(partial(self._handle, queue, event, message), message, stop, OWN_TROUBLE)
            except (_GivenBack, _HeldTooLong):
                raise
            except Inadmissible as refused:
                await self._park(_parked(queue, message, refused.reason, refused.detail, attempt), message, stop)
                return True
            except Unavailable as error:
                return await self._wait_or_park(held, error, message, stop)
            except Exception as error:
                detail = parked.describe(error)
                log.warning("bus.handler_failed", service=self._service, type=event.type, attempt=attempt, error=detail)
            else:
                metrics.record_handled(self._service, event.type, result)
                return True
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        await self._park(_parked(queue, message, "failed", detail, TRIES), message, stop)
        return True

    async def _wait_or_park(self, held: HeldEvent, error: Unavailable, message: Incoming, stop: asyncio.Event) -> bool:
        """Let an event wait for another house; park it once that house has broken on it again and again."""
        later = held.failed(error.code, clock.now(), is_broken=isinstance(error, Broken))
        if later.is_hopeless:
            detail = f"another house broke on it {later.broken} times in a row: {error.code}"
            await self._park(_parked(held.queue, message, "broken", detail, later.tries), message, stop)
            return True
        if not held.tries:
            log.warning("bus.held", service=self._service, event_id=str(message.event_id), code=error.code)
            metrics.record_handled(self._service, "any", "held")
        await self._set_aside(later, message, stop)
        return False

    async def _set_aside(self, event: HeldEvent, message: Incoming, stop: asyncio.Event) -> None:
        await self._hold(partial(self._write, keep, event), message, stop, Exception)
        self._waiting.added(event.line)

    async def _take_dead(self, queue: Queue, message: Incoming, stop: asyncio.Event) -> None:
        """Park what the broker has given up on."""
        detail = f"delivered {message.deliveries} times, then given up by the broker"
        await self._park(_parked(message.died_in or queue.name, message, "dead_lettered", detail), message, stop)

    async def _in_thread(self, step: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, step)

    def _handle(self, queue: str, event: Envelope, message: Incoming) -> str:
        """Check who said it, gather and act.

        Return `done`, `seen` when the event was handled before, `erased` when its school is no more.
        """
        self._database.clock.demand()
        signatures.check(self._keys, event.type, message)
        chosen = self._handlers[event.type]
        school_id = event.school_id
        if chosen.gather and school_id and not chosen.even_erased and self._database.has_erased(school_id):
            return "erased"  # without asking other houses about it
        try:
            felt = pulse.step(f"handle.{event.type}", HANDLER_SECONDS)
            with felt, chosen.facts(event) as facts, self._open(school_id, chosen) as session:
                now = clock.now()
                if not inbox.first_time(session, queue, event.id, now):
                    return "seen"
                if event.type in signatures.OWNERS:
                    parked.forget_unsigned(session, queue, event.id)
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

    def _write(self, change: Callable[[Session, E], T], event: E) -> T:
        with self._database.for_system() as session:
            return change(session, event)

    async def _hold(
        self,
        step: Callable[[], T],
        message: Incoming,
        stop: asyncio.Event,
        transient: Transient,
    ) -> T:
        """Run a step in a thread, again and again while it fails for a `transient` reason.

        Raises _GivenBack at `stop`, or when the message is lost; _HeldTooLong before the broker loses patience.
        """
        delay = 1.0
        until = clock.monotonic() + LONGEST_HOLD_SECONDS
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
            if clock.monotonic() > until:
                raise _HeldTooLong
            delay = min(delay * 2, LONGEST_WAIT_SECONDS)


class _GivenBack(Exception):
    """There is no time left for a message in hand, or no use: the broker delivers it again."""


class _HeldTooLong(Exception):
    """The own database has been away for so long that the broker would soon take the message for lost."""


async def _first_end(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for `stop`; raise what ends a task before: better no worker, which is started again, than half of one."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
    if not stop.is_set():
        for task in tasks:
            if task.done():
                task.result()


def _give_back(in_hand: asyncio.Queue[Incoming | None], takers: int) -> None:
    """Give back what nobody has begun, and tell every taker to end."""
    while not in_hand.empty():
        if message := in_hand.get_nowait():
            message.requeue()
    for _ in range(takers):
        in_hand.put_nowait(None)


def _held(queue: str, message: Incoming, event: Envelope) -> HeldEvent:
    """Return what is kept of an event that waits; not tried yet."""
    now = clock.now()
    body = message.body.decode()
    signature = message.signature if len(message.signature or "") <= MOST_OF_A_SIGNATURE else None
    return HeldEvent(queue, event.id, event.school_id, body, signature, "others_wait", 0, 0, now, now)


def _parked(queue: str, message: Incoming, reason: str, detail: str, attempts: int = 1) -> ParkedEvent:
    body = parked.readable(message.body)
    return ParkedEvent(queue, reason, detail, body, message.event_id, parked.type_of(body), attempts)


def _label(event_type: str | None, handlers: Mapping[str, Handler]) -> str:
    return event_type if event_type and event_type in handlers else "unknown"  # a stranger's words must not grow the metrics
