"""The bus inside one process (kombu `memory://`), for standalone mode.

What it holds dies with the process: sweepers heal that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import kombu
from kombu.transport import memory as kombu_memory

from common.bus.topology import EXCHANGE, Queue, dead_letter_queue
from common.bus.transport import SIGNATURE_HEADER, Incoming, NotConfirmed, Outgoing, Unroutable

# Whoever puts a message wakes us; should one not, it goes so much later.
BELT_SECONDS = 5.0
# Messages delivered before others on the loop get their turn.
BURST = 100

# One for every open transport of this process, woken when anything is put.
_sleepers: set[Callable[[], None]] = set()


class Memory:
    """The bus in memory.

    One kombu connection, one channel to publish on, one channel for each queue that is consumed.
    Used from one loop; transports of other loops and threads of the process see the same queues.
    """

    def __init__(self) -> None:
        self._connection: Any = None
        self._publishing: Any = None
        self._channels: dict[str, Any] = {}
        self._consumers: dict[str, tuple[Queue, Callable[[Incoming], None], str]] = {}
        self._paused: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._wake: Callable[[], None] = lambda: None

    @property
    def is_connected(self) -> bool:
        return self._task is not None

    async def start(self) -> None:
        if self._task is not None:
            return
        self._connection = kombu.Connection("memory://")
        self._publishing = self._connection.channel()
        self._publishing.exchange_declare(exchange=EXCHANGE, type="topic", durable=True)
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            # That loop may have ended.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(woken.set)

        self._wake = wake
        _sleepers.add(wake)
        self._task = asyncio.create_task(self._drain(woken))

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        # Not cancelled: on Python 3.11 wait_for swallows a cancellation that comes together with
        # its event.
        self._wake()
        await task
        _sleepers.discard(self._wake)
        self._connection.close()

    async def declare(self, queues: Sequence[Queue]) -> None:
        for service in {queue.service for queue in queues}:
            self._publishing.queue_declare(queue=dead_letter_queue(service).name)
        for queue in queues:
            self._publishing.queue_declare(queue=queue.name)
            for key in queue.bindings:
                self._publishing.queue_bind(queue=queue.name, exchange=EXCHANGE, routing_key=key)

    async def publish(self, message: Outgoing) -> None:
        if not self.is_connected:
            raise NotConfirmed(str(message.event_id))
        channel = self._publishing
        exchange = channel.typeof(EXCHANGE)
        bindings = channel.get_table(EXCHANGE)
        # Kombu drops in silence what no queue is bound to.
        if not exchange.lookup(bindings, EXCHANGE, message.routing_key, None):
            raise Unroutable(str(message.event_id))
        self._put(message, EXCHANGE, message.routing_key)

    async def consume(self, queue: Queue, on_message: Callable[[Incoming], None]) -> None:
        channel = self._channels[queue.name] = self._connection.channel()
        channel.basic_qos(0, queue.prefetch, False)
        self._consumers[queue.name] = (queue, on_message, "")
        if queue.name not in self._paused:
            self._begin(queue.name)

    async def pause(self, queue_name: str) -> None:
        self._paused.add(queue_name)
        self._cancel(queue_name)

    async def resume(self, queue_name: str) -> None:
        self._paused.discard(queue_name)
        if queue_name in self._consumers:
            self._begin(queue_name)

    async def stop_consuming(self, queue_name: str) -> None:
        self._cancel(queue_name)
        self._consumers.pop(queue_name, None)

    def _begin(self, queue_name: str) -> None:
        queue, on_message, tag = self._consumers[queue_name]
        if tag:
            return
        tag = str(uuid4())
        self._consumers[queue_name] = (queue, on_message, tag)

        def deliver(message: Any) -> None:
            on_message(self._incoming(queue_name, message))

        self._channels[queue_name].basic_consume(queue_name, False, deliver, tag)
        self._wake()

    def _cancel(self, queue_name: str) -> None:
        if queue_name not in self._consumers:
            return
        queue, on_message, tag = self._consumers[queue_name]
        if tag:
            self._channels[queue_name].basic_cancel(tag)
            self._consumers[queue_name] = (queue, on_message, "")

    def _incoming(self, queue_name: str, message: Any) -> Incoming:
        event_id = UUID(message.properties["message_id"])
        signature = message.headers.get(SIGNATURE_HEADER)

        def ack() -> None:
            if self.is_connected:
                message.ack()
                # There is room for another.
                self._wake()

        def requeue() -> None:
            if self.is_connected:
                # Kombu's own requeue would give it to every queue that the key is bound to.
                message.ack()
                again = Outgoing(queue_name, message.body.decode(), event_id, signature)
                self._put(again, "", queue_name)

        def is_lost() -> bool:
            return not self.is_connected

        return Incoming(message.body, event_id, 0, ack, requeue, is_lost, signature=signature)

    def _put(self, message: Outgoing, exchange: str, routing_key: str) -> None:
        prepared = self._publishing.prepare_message(
            message.body,
            content_type="application/json",
            content_encoding="utf-8",
            headers=message.headers,
            properties={"message_id": str(message.event_id)},
        )
        self._publishing.basic_publish(prepared, exchange, routing_key)
        for wake in list(_sleepers):
            wake()

    async def _drain(self, woken: asyncio.Event) -> None:
        while self.is_connected:
            woken.clear()
            try:
                for _ in range(BURST):
                    # Returns at once.
                    self._connection.drain_events(timeout=0)
                await asyncio.sleep(0)
            except TimeoutError:
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), BELT_SECONDS)


def forget_everything() -> None:
    """Empty the process's bus, for tests: kombu keeps queues and bindings as long as it lives."""
    kombu_memory.Transport.global_state.clear()
    kombu_memory.Channel.queues.clear()
