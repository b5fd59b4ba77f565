"""Messages that could not be prepared rest, each by itself. Pure.

No other message and no lane waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 30.0
# A message that failed so often in a row is no passing trouble: somebody is called.
STUCK_AFTER = 5
# They are named in every claim, so there must be an end to them; beyond it the oldest troubles are
# tried again.
MOST_RESTING = 500


@dataclass(frozen=True, slots=True)
class Rest:
    """How often a message failed in a row, and until when it is left alone."""

    failures: int
    until: float


class Rests:
    """Which messages rest, by seconds of a clock that never runs backwards."""

    def __init__(self) -> None:
        self._rests: dict[UUID, Rest] = {}

    def failed(self, message_id: UUID, now: float) -> int:
        """Let a message rest for 1, then 2, 4 … 30 s; return how often it has failed in a row."""
        before = self._rests.pop(message_id, Rest(0, now))
        if before.until > now:
            # Batches side by side meet the same trouble: it counts once.
            self._rests[message_id] = before
            return before.failures
        failures = before.failures + 1
        seconds = min(FIRST_REST_SECONDS * 2**before.failures, LONGEST_REST_SECONDS)
        self._rests[message_id] = Rest(failures, now + seconds)
        while len(self._rests) > MOST_RESTING:
            oldest = next(iter(self._rests))
            del self._rests[oldest]
        return failures

    def prepared(self, message_id: UUID) -> None:
        """Forget a message's trouble."""
        self._rests.pop(message_id, None)

    def messages(self, now: float) -> list[UUID]:
        """Return the messages that are left alone at this moment."""
        return [message_id for message_id, rest in self._rests.items() if rest.until > now]

    def stuck(self, now: float) -> int:
        """Return how many messages have failed so often that somebody should look.

        Forgets what was not tried again.
        """
        forgotten = [
            message_id
            for message_id, rest in self._rests.items()
            if rest.until + 2 * LONGEST_REST_SECONDS < now
        ]
        for message_id in forgotten:
            del self._rests[message_id]
        return sum(rest.failures >= STUCK_AFTER for rest in self._rests.values())
