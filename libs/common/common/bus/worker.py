"""The queue door of a house: each event is handled once, in one transaction with its inbox row.

Or it is held, or parked, never lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from common import clock, metrics
from common.bus import parked
from common.bus.handler import Handler, label_of
from common.bus.handling import Handling
from common.bus.held import HeldEvent, keep
from common.bus.in_hand import InHand, give_back, take_more
from common.bus.parked import Inadmissible, ParkedEvent
from common.bus.together import Together
from common.bus.topology import Queue, dead_letter_queue
from common.bus.transport import Incoming, NotConfirmed, Outgoing, Transport, Unroutable
from common.bus.waiting import DATABASE_AWAY, LINES_AT_ONCE, QueuePauses, Waiting
from common.db import Database
from common.db.clock_check import ClockOff
from common.db.database import DatabaseAway
from common.errors import Broken, Unavailable
from common.keys import Keys
from common.logs import scrub
from common.schemas import Envelope, EventRefused

log = structlog.get_logger()

# Of a handler that fails for a reason of its own.
TRIES = 3
TRY_AGAIN_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 30.0
# While the own database is away an event is held in its slot; after so long it goes back to the
# broker, which would otherwise close the channel (consumer_timeout, 30 minutes in deploy/rabbitmq)
# and count it as a crash.
LONGEST_HOLD_SECONDS = 300.0
# An event that came so often without an answer may be what takes its worker down.
MOST_DELIVERIES = 5
FINISH_SECONDS = 20.0

# Nothing else of this house would go either, so an event that meets it is held where it is.
OWN_TROUBLE = (DatabaseAway, ClockOff)

Transient = type[Exception] | tuple[type[Exception], ...]
# What a slot does with a message of its queue, until an event says stop.
Take = Callable[[Queue, Incoming, asyncio.Event], Awaitable[None]]
E = TypeVar("E")
T = TypeVar("T")


class Worker:
    """One process's consumer of a house's queues.

    What fails because another house is away, or broken, waits in the database (`held`) and is tried
    again by `Waiting`; the slot goes on with the next event. Only while the own database is away an
    event is held in its slot. So the broker's count of deliveries counts crashes, and no school
    holds up another.
    """

    def __init__(
        self,
        keys: Keys,
        database: Database,
        transport: Transport,
        queues: Sequence[Queue],
        handlers: Mapping[str, Handler],
    ) -> None:
        self.transport = transport
        self.pauses = QueuePauses(database, transport)
        self._service = keys.service
        self._database = database
        self._queues = queues
        self._handlers = handlers
        self._handling = Handling(keys, database, handlers)
        self._waiting = Waiting(self._service, database, self._take_held)
        is_crowded = self._waiting.is_crowded
        self._together = Together(self._service, self._handling, handlers, is_crowded)
        # One suspect at a time, so that a crash says which it was.
        self._alone = asyncio.Lock()
        self._threads: ThreadPoolExecutor | None = None
        self._worked: list[tuple[Queue, Take]] = [(queue, self._take) for queue in queues]
        for service in sorted({queue.service for queue in queues}):
            self._worked.append((dead_letter_queue(service), self._take_dead))

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; then finish what runs (at most 20 s) and give the rest back."""
        # Threads of its own: the loop's few are shared with relays and dispatchers, and a slow
        # handler would starve them.
        slots = sum(queue.concurrency for queue, _ in self._worked)
        threads = ThreadPoolExecutor(slots + LINES_AT_ONCE, f"{self._service}-worker")
        self._threads = threads
        in_hand: dict[str, InHand] = {queue.name: asyncio.Queue() for queue, _ in self._worked}
        tasks = [
            asyncio.create_task(self._work(queue, take, in_hand[queue.name], stop))
            for queue, take in self._worked
            for _ in range(queue.concurrency)
        ]
        tasks += [
            asyncio.create_task(self._waiting.run(stop)),
            asyncio.create_task(self.pauses.run(stop)),
        ]
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
                give_back(in_hand[queue.name], queue.concurrency)
            _, running = await asyncio.wait(tasks, timeout=FINISH_SECONDS if stop.is_set() else 0)
            for task in running:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            threads.shutdown(wait=False, cancel_futures=True)

    async def _work(
        self,
        queue: Queue,
        take: Take,
        in_hand: InHand,
        stop: asyncio.Event,
    ) -> None:
        """Take one message after the other and answer the broker for each, until None comes."""
        most = self._together.most_of(queue)
        while (message := await in_hand.get()) is not None:
            messages = [message, *take_more(in_hand, most - 1)]
            if len(messages) > 1 and not self.pauses.is_on(queue.name, DATABASE_AWAY):
                messages = await self._take_together(queue, messages)
            for each in messages:
                await self._take_and_answer(queue, take, each, stop)

    async def _take_together(self, queue: Queue, messages: list[Incoming]) -> list[Incoming]:
        """Handle in one transaction what may go together; return what is left for one by one."""
        taken = await self._in_thread(partial(self._together.take, queue.name, messages))
        for message in taken.done:
            message.ack()
        return taken.left

    async def _take_and_answer(
        self, queue: Queue, take: Take, message: Incoming, stop: asyncio.Event
    ) -> None:
        if self.pauses.is_on(queue.name, DATABASE_AWAY):
            await self._put_back(queue, message)
            return
        try:
            await take(queue, message, stop)
        except _GivenBack:
            # The process ends or the connection is gone: no time for a new one; this may be a try.
            message.requeue()
        except _HeldTooLong:
            await self._put_back(queue, message)
        except BaseException:
            message.requeue()
            raise
        else:
            message.ack()

    async def _put_back(self, queue: Queue, message: Incoming) -> None:
        """Give a message back as a new one, so that it counts as no crash.

        No more is taken until the database is there.
        """
        await self.pauses.pause(queue.name, DATABASE_AWAY)
        if message.event_id is None:
            return message.requeue()
        body = message.body.decode(errors="replace")
        again = Outgoing(queue.name, body, message.event_id, message.signature)
        try:
            await self.transport.publish(again)
        except (NotConfirmed, Unroutable):
            message.requeue()
        else:
            message.ack()

    async def _take(self, queue: Queue, message: Incoming, stop: asyncio.Event) -> None:
        """Handle a message, set it aside or park it.

        Raises _GivenBack when there is no time left for any of it.
        """
        if message.deliveries < MOST_DELIVERIES:
            await self._handle_or_park(queue.name, message, stop)
            return
        deliveries = message.deliveries
        detail = f"delivered {deliveries} times without an answer"
        suspect = ParkedEvent.of(message, queue.name, parked.CRASHED, detail, deliveries)
        if suspect.event_id is None:
            await self._park(suspect, message, stop)
            return
        async with self._alone:
            await self._take_suspect(suspect, message, stop)

    async def _take_suspect(
        self, suspect: ParkedEvent, message: Incoming, stop: asyncio.Event
    ) -> None:
        """Handle a message that may have taken its worker down, or park it if it did."""
        accuse = partial(self._write, parked.accuse, suspect)
        is_first_time = await self._hold(accuse, message, stop, Exception)
        if not is_first_time:
            await self._park(suspect, message, stop)
            return
        try:
            await self._handle_or_park(suspect.queue, message, stop)
        finally:
            with suppress(Unavailable):
                await self._in_thread(partial(self._write, parked.acquit, suspect))

    async def _take_held(self, event: HeldEvent, stop: asyncio.Event) -> bool:
        """Try an event again that has waited; return whether it is done with."""
        try:
            return await self._handle_or_park(event.queue, event.as_incoming(), stop, event)
        except (_GivenBack, _HeldTooLong):
            return False

    async def _handle_or_park(
        self, queue: str, message: Incoming, stop: asyncio.Event, held: HeldEvent | None = None
    ) -> bool:
        """Handle a message, park it or set it aside; return whether it is done with.

        Set aside, it waits for another house. `held`: as it waited; None when it comes from the
        broker.
        """
        try:
            event = await self._in_thread(partial(Envelope.load, message.body))
        except EventRefused as refused:
            unread = ParkedEvent.of(message, queue, refused.reason, scrub(str(refused)))
            await self._park(unread, message, stop)
            return True
        except Exception as error:
            unread = ParkedEvent.of(message, queue, "failed", parked.describe(error))
            await self._park(unread, message, stop)
            return True
        if event.type not in self._handlers:
            detail = f"{queue} has no handler for {event.type}"
            unknown = ParkedEvent.of(message, queue, "unknown_type", detail)
            await self._park(unknown, message, stop)
            return True
        if held is None:
            # While others of its school wait, it joins them untried.
            held = HeldEvent.of(message, queue, event)
            if self._waiting.is_crowded(held.line):
                await self._set_aside(held, message, stop)
                return False
        return await self._try(held, message, event, stop)

    async def _try(
        self, held: HeldEvent, message: Incoming, event: Envelope, stop: asyncio.Event
    ) -> bool:
        """Handle an event, at most so often; else park it, or let it wait as `held`."""
        queue = held.queue
        handle = partial(self._handling.handle, queue, event, message)
        detail = ""
        for attempt in range(1, TRIES + 1):
            try:
                result = await self._hold(handle, message, stop, OWN_TROUBLE)
            except (_GivenBack, _HeldTooLong):
                raise
            except Inadmissible as refused:
                bad = ParkedEvent.of(message, queue, refused.reason, refused.detail, attempt)
                await self._park(bad, message, stop)
                return True
            except Unavailable as error:
                return await self._wait_or_park(held, error, message, stop)
            except Exception as error:
                detail = parked.describe(error)
                log.warning(
                    "bus.handler_failed",
                    service=self._service,
                    type=event.type,
                    attempt=attempt,
                    error=detail,
                )
            else:
                metrics.record_handled(self._service, event.type, result)
                return True
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        failed = ParkedEvent.of(message, queue, "failed", detail, TRIES)
        await self._park(failed, message, stop)
        return True

    async def _wait_or_park(
        self, held: HeldEvent, error: Unavailable, message: Incoming, stop: asyncio.Event
    ) -> bool:
        """Let an event wait for another house.

        Parks it once that house has broken on it again and again.
        """
        later = held.failed(error.code, clock.now(), is_broken=isinstance(error, Broken))
        if later.is_hopeless:
            detail = f"another house broke on it {later.broken} times in a row: {error.code}"
            broken = ParkedEvent.of(message, held.queue, "broken", detail, later.tries)
            await self._park(broken, message, stop)
            return True
        if not held.tries:
            self._tell_held(message, error.code)
        await self._set_aside(later, message, stop)
        return False

    async def _set_aside(self, event: HeldEvent, message: Incoming, stop: asyncio.Event) -> None:
        keep_it = partial(self._write, keep, event)
        await self._hold(keep_it, message, stop, Exception)
        self._waiting.added(event.line)

    async def _take_dead(self, queue: Queue, message: Incoming, stop: asyncio.Event) -> None:
        """Park what the broker has given up on."""
        detail = f"delivered {message.deliveries} times, then given up by the broker"
        died_in = message.died_in or queue.name
        dead = ParkedEvent.of(message, died_in, "dead_lettered", detail)
        await self._park(dead, message, stop)

    async def _in_thread(self, step: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, step)

    async def _park(self, event: ParkedEvent, message: Incoming, stop: asyncio.Event) -> None:
        park_it = partial(self._write, parked.park, event)
        is_new = await self._hold(park_it, message, stop, Exception)
        if is_new:
            log.error(
                "bus.parked",
                service=self._service,
                queue=event.queue,
                type=event.type,
                reason=event.reason,
            )
            metrics.record_parked(self._service, event.reason)
            metrics.record_handled(self._service, label_of(event.type, self._handlers), "parked")

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

        Raises _GivenBack at `stop`, or when the message is lost; _HeldTooLong before the broker
        loses patience.
        """
        delay = 1.0
        until = clock.monotonic() + LONGEST_HOLD_SECONDS
        while True:
            try:
                return await self._in_thread(step)
            except transient as error:
                if delay == 1.0:
                    code = error.code if isinstance(error, Unavailable) else type(error).__name__
                    self._tell_held(message, code)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), delay)
            if stop.is_set() or message.is_lost():
                raise _GivenBack
            if clock.monotonic() > until:
                raise _HeldTooLong
            delay = min(delay * 2, LONGEST_WAIT_SECONDS)

    def _tell_held(self, message: Incoming, code: str) -> None:
        event_id = str(message.event_id)
        log.warning("bus.held", service=self._service, event_id=event_id, code=code)
        metrics.record_handled(self._service, "any", "held")


class _GivenBack(Exception):
    """There is no time left for a message in hand, or no use: the broker delivers it again."""


class _HeldTooLong(Exception):
    """The own database has been away for long: the broker would soon take the message for lost."""


async def _first_end(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for `stop`; raise what ends a task before.

    Better no worker, which is started again, than half of one.
    """
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
    if not stop.is_set():
        for task in tasks:
            if task.done():
                task.result()
