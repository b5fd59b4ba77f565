"""What a bus must do, whichever it is: RabbitMQ between processes, memory inside one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from common.bus.topology import Queue

SIGNATURE_HEADER = "renraku-signature"


class Unroutable(Exception):
    """No queue is bound to the event's routing key: nobody would have heard it."""


class NotConfirmed(Exception):
    """The broker did not say that it has the event.

    Publishing it again is safe: inboxes skip what they have.
    """


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event on its way out. `signature`: of the few that bear one (`signatures`)."""

    routing_key: str
    body: str
    event_id: UUID
    signature: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Return what travels beside the body."""
        return {SIGNATURE_HEADER: self.signature} if self.signature else {}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message in hand until `ack` or `requeue` is called; both do nothing once it `is_lost`.

    `deliveries`: how often it was delivered before without an answer. `is_lost`: the connection
    that brought it is gone, and the broker delivers it again. `died_in`: the queue that it was
    dead-lettered from. `signature`: as it came, unchecked.
    """

    body: bytes
    event_id: UUID | None
    deliveries: int
    ack: Callable[[], None]
    requeue: Callable[[], None]
    is_lost: Callable[[], bool] = lambda: False
    died_in: str | None = None
    signature: str | None = None


class Transport(Protocol):
    """A connection to the bus, used from one asyncio loop."""

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there and everything is declared."""

    async def start(self) -> None:
        """Connect; return once connected, or soon, going on in the background.

        Never raises for a broker that is away.
        """

    async def declare(self, queues: Sequence[Queue]) -> None:
        """Make the queues, their bindings and their services' dead-letter queues exist.

        Again after every reconnection.
        """

    async def publish(self, message: Outgoing) -> None:
        """Return when the broker has the event.

        Raises Unroutable, or NotConfirmed (after 10 s at the latest).
        """

    async def consume(self, queue: Queue, on_message: Callable[[Incoming], None]) -> None:
        """Call `on_message` in the loop for each message, again after every reconnection.

        At most `queue.prefetch` are unanswered.
        """

    async def pause(self, queue_name: str) -> None:
        """Stop consuming for now.

        Messages stay with the broker, those in hand can still be answered.
        """

    async def resume(self, queue_name: str) -> None:
        """Consume again."""

    async def stop_consuming(self, queue_name: str) -> None:
        """Stop for good; messages in hand can still be answered."""

    async def close(self) -> None:
        """Leave; what is in hand goes back to the broker."""


def open_transport(url: str) -> Transport:
    """Return the transport for a URL, not yet started.

    amqp:// or amqps:// RabbitMQ, memory:// this process.
    Raises ValueError for any other scheme: no other broker is claimed to work.
    """
    scheme = url.partition("://")[0]
    if scheme in ("amqp", "amqps"):
        from common.bus.rabbit import Rabbit

        return Rabbit(url)
    if scheme == "memory":
        from common.bus.memory import Memory

        return Memory()
    raise ValueError(f"there is no bus for {scheme}://")
