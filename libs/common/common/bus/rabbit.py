"""RabbitMQ under asyncio (3.10 and later; quorum queues).

It is connected again whenever it comes back, with all that was declared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pika
import structlog
from pika.channel import Channel

from common.bus.rabbit_link import Link, LinkLost
from common.bus.topology import DEAD_LETTERS, EXCHANGE, Queue, dead_letter_queue
from common.bus.transport import SIGNATURE_HEADER, Incoming, NotConfirmed, Outgoing

log = structlog.get_logger()

HEARTBEAT_SECONDS = 10
# Unconfirmed at once: one at a time 1,400/s, 500 16,000/s and more, 1,000 no better.
WINDOW = 500
# Of our own: in a memory alarm, and in a freeze shorter than two heartbeats, publishes just hang.
PUBLISH_SECONDS = 10.0
FIRST_CONNECTION_SECONDS = 5.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
# Limits come by policy: an argument changed later is a 406 at every reconnection.
QUORUM = {"x-queue-type": "quorum"}


@dataclass
class _Consumer:
    queue: Queue
    on_message: Callable[[Incoming], None]
    channel: Channel | None = None
    tag: str | None = None


class Rabbit:
    """The bus on RabbitMQ.

    One connection, one channel to publish on, one channel for each queue that is consumed.
    """

    def __init__(self, url: str) -> None:
        self._parameters = pika.URLParameters(url)
        self._parameters.heartbeat = HEARTBEAT_SECONDS
        self._parameters.socket_timeout = 5
        self._parameters.stack_timeout = 10
        self._queues: dict[str, Queue] = {}
        self._consumers: dict[str, _Consumer] = {}
        self._paused: set[str] = set()
        self._window = asyncio.Semaphore(WINDOW)
        # Between a reconnection that sets everything up and a caller who adds to it.
        self._changing = asyncio.Lock()
        self._ready = asyncio.Event()
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        return self._link is not None and not self._link.is_blocked

    async def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._stay_connected())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), FIRST_CONNECTION_SECONDS)

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def publish(self, message: Outgoing) -> None:
        try:
            async with asyncio.timeout(PUBLISH_SECONDS), self._window:
                await self._ready.wait()
                if self._link is None:
                    raise NotConfirmed(str(message.event_id))
                await self._link.publish(message)
        except TimeoutError:
            raise NotConfirmed(str(message.event_id)) from None

    async def declare(self, queues: Sequence[Queue]) -> None:
        self._queues |= {queue.name: queue for queue in queues}
        await self._now_or_later(partial(_declare, queues=queues))

    async def consume(self, queue: Queue, on_message: Callable[[Incoming], None]) -> None:
        consumer = self._consumers[queue.name] = _Consumer(queue, on_message)
        await self._now_or_later(partial(self._open_consumer, consumer))

    async def pause(self, queue_name: str) -> None:
        self._paused.add(queue_name)
        if consumer := self._consumers.get(queue_name):
            await self._now_or_later(partial(_cancel, consumer))

    async def resume(self, queue_name: str) -> None:
        self._paused.discard(queue_name)
        if consumer := self._consumers.get(queue_name):
            await self._now_or_later(partial(_begin, consumer))

    async def stop_consuming(self, queue_name: str) -> None:
        if consumer := self._consumers.pop(queue_name, None):
            await self._now_or_later(partial(_cancel, consumer))

    async def _now_or_later(self, change: Callable[[Link], Awaitable[None]]) -> None:
        """Make a change on the connection there is; without one, the next connection sets it up."""
        async with self._changing:
            if self._link is not None:
                with suppress(LinkLost):
                    await change(self._link)

    async def _stay_connected(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            link = Link()
            try:
                await self._set_up(link)
                pause = SHORTEST_PAUSE
                await asyncio.wait([link.lost])
                log.warning("bus.connection_lost", reason=link.reason)
            except Exception as error:
                log.warning("bus.connect_failed", reason=repr(error))
            finally:
                self._ready.clear()
                self._link = None
                await link.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _set_up(self, link: Link) -> None:
        async with self._changing:
            await link.open(self._parameters)
            await _declare(link, list(self._queues.values()))
            for consumer in list(self._consumers.values()):
                await self._open_consumer(consumer, link)
            self._link = link
            self._ready.set()

    async def _open_consumer(self, consumer: _Consumer, link: Link) -> None:
        channel = await link.channel()
        prefetch = consumer.queue.prefetch
        await link.ask(
            lambda answered: channel.basic_qos(prefetch_count=prefetch, callback=answered)
        )
        # The broker cancels a consumer whose queue was deleted or whose node went away: we begin
        # anew, which declares the queue again.
        channel.add_on_cancel_callback(
            lambda _frame: link.abandon(f"consumer of {consumer.queue.name} cancelled")
        )
        consumer.channel = channel
        consumer.tag = None
        if consumer.queue.name not in self._paused:
            await _begin(consumer, link)


async def _begin(consumer: _Consumer, link: Link) -> None:
    channel = consumer.channel
    on_message = consumer.on_message
    if channel is None or consumer.tag is not None:
        return
    tag = consumer.tag = f"{consumer.queue.name}.{uuid4()}"

    def deliver(
        _channel: Channel, method: Any, properties: pika.BasicProperties, body: bytes
    ) -> None:
        on_message(_incoming(channel, method.delivery_tag, properties, body))

    await link.ask(
        lambda answered: channel.basic_consume(
            consumer.queue.name, deliver, consumer_tag=tag, callback=answered
        )
    )


async def _cancel(consumer: _Consumer, link: Link) -> None:
    channel, tag = consumer.channel, consumer.tag
    if channel is None or tag is None:
        return
    consumer.tag = None
    # Meanwhile pika gives back what still arrives.
    await link.ask(lambda answered: channel.basic_cancel(tag, callback=answered))


async def _declare(link: Link, queues: Sequence[Queue]) -> None:
    """Declare exchanges, dead-letter queues and queues, one after the other.

    Each answer is waited for, or a 406 would come unseen.
    """
    channel = link.publishing
    await link.ask(partial(_declare_exchange, channel, EXCHANGE, "topic"))
    await link.ask(partial(_declare_exchange, channel, DEAD_LETTERS, "direct"))
    services = sorted({queue.service for queue in queues})
    for service in services:
        dead = dead_letter_queue(service).name
        await link.ask(partial(_declare_queue, channel, dead, QUORUM))
        await link.ask(partial(_bind, channel, dead, DEAD_LETTERS, dead))
    for queue in queues:
        arguments = {
            **QUORUM,
            "x-dead-letter-exchange": DEAD_LETTERS,
            "x-dead-letter-routing-key": dead_letter_queue(queue.service).name,
        }
        await link.ask(partial(_declare_queue, channel, queue.name, arguments))
        for key in queue.bindings:
            await link.ask(partial(_bind, channel, queue.name, EXCHANGE, key))


def _declare_exchange(
    channel: Channel, name: str, kind: str, answered: Callable[[Any], None]
) -> None:
    channel.exchange_declare(name, kind, durable=True, callback=answered)


def _declare_queue(
    channel: Channel, name: str, arguments: dict[str, str], answered: Callable[[Any], None]
) -> None:
    channel.queue_declare(name, durable=True, arguments=arguments, callback=answered)


def _bind(
    channel: Channel, queue: str, exchange: str, key: str, answered: Callable[[Any], None]
) -> None:
    channel.queue_bind(queue, exchange, key, callback=answered)


def _incoming(
    channel: Channel, tag: int, properties: pika.BasicProperties, body: bytes
) -> Incoming:
    headers = properties.headers or {}

    def ack() -> None:
        if channel.is_open:
            channel.basic_ack(tag)

    def requeue() -> None:
        if channel.is_open:
            channel.basic_nack(tag, requeue=True)

    try:
        event_id = UUID(properties.message_id)
    except (ValueError, TypeError, AttributeError):
        event_id = None
    signature = headers.get(SIGNATURE_HEADER)
    return Incoming(
        body,
        event_id,
        headers.get("x-delivery-count", 0),
        ack,
        requeue,
        is_lost=lambda: not channel.is_open,
        died_in=headers.get("x-first-death-queue"),
        signature=signature if isinstance(signature, str) else None,
    )
