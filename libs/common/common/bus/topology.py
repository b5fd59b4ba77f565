"""The names on the bus: one topic exchange; queues named `<service>.<what it does>`; one dead-letter queue a service."""

from __future__ import annotations

from dataclasses import dataclass

EXCHANGE = "events"
DEAD_LETTERS = "dead-letters"  # a direct exchange, bound to every service's dead-letter queue by that queue's name


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and how it is worked: `prefetch` messages held at once, `concurrency` of them handled side by side."""

    name: str
    keys: tuple[str, ...]
    prefetch: int = 20
    concurrency: int = 4

    @property
    def service(self) -> str:
        return self.name.partition(".")[0]

    @property
    def bindings(self) -> tuple[str, ...]:
        """Its routing keys, and its own name: what was parked here comes back here, and to nobody else."""
        return (*self.keys, self.name)


def dead_letter_queue(service: str) -> Queue:
    """Return the queue into which the broker puts what it gives up on; the service's worker drains it."""
    return Queue(f"{service}.dead", (), prefetch=20, concurrency=1)
