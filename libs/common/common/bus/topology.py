"""The names on the bus.

One topic exchange; queues named `<service>.<what it does>`; one dead-letter queue a service.
"""

from __future__ import annotations

from dataclasses import dataclass

EXCHANGE = "events"
# A direct exchange, bound to every service's dead-letter queue by that queue's name.
DEAD_LETTERS = "dead-letters"


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and how it is worked.

    `prefetch` messages are held at once, `concurrency` of them handled side by side.
    """

    name: str
    keys: tuple[str, ...]
    prefetch: int = 20
    concurrency: int = 4

    @property
    def service(self) -> str:
        return self.name.partition(".")[0]

    @property
    def bindings(self) -> tuple[str, ...]:
        """Its routing keys, and its own name.

        By that name comes back what was parked here, and to nobody else.
        """
        return (*self.keys, self.name)


def dead_letter_queue(service: str) -> Queue:
    """Return the queue into which the broker puts what it gives up on.

    The service's worker drains it.
    """
    return Queue(f"{service}.dead", (), prefetch=20, concurrency=1)
