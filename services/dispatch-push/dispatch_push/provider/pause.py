"""When FCM as a whole is to be left alone: pure arithmetic, `now` is passed in.

One phone over its own quota answers 429 as the whole project does, so a single answer delays that
phone only; five in a row without a success between them are about us all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.delivery.outcomes import Deferred, Outcome

TROUBLES_IN_A_ROW = 5
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=30)


@dataclass(slots=True)
class Pause:
    """The state of the one door to all phones; both lanes share it."""

    until: datetime | None = None
    _troubles: int = 0
    _downs: int = 0

    def is_on(self, now: datetime) -> bool:
        return self.until is not None and now < self.until

    def hear(self, outcome: Outcome, now: datetime) -> None:
        """Learn from FCM's answer: any that is not a 429 or 5xx shows that the door is open."""
        if isinstance(outcome, Deferred) and (outcome.code == 429 or outcome.code >= 500):
            self._troubles += 1
            if self._troubles >= TROUBLES_IN_A_ROW and not self.is_on(now):
                self._troubles = 0
                self.until = max(outcome.until or now, now + self._next_step())
            return
        self._troubles = self._downs = 0

    def begin(self, now: datetime) -> datetime:
        """Begin a pause because FCM or its token endpoint can't be reached: 1 s, doubling to 30 s.

        Return its end.
        """
        if self.until is None or not self.is_on(now):
            self.until = now + self._next_step()
        return self.until

    def _next_step(self) -> timedelta:
        step = min(FIRST_PAUSE * 2 ** min(self._downs, 10), LONGEST_PAUSE)
        self._downs += 1
        return step
