"""Whether this machine's clock may be trusted.

Leases, due times and deadlines are written by one machine's clock and read by another's. So each
role compares its own with the database's: every minute, and at once when its clock has moved
against the one that never jumps. While it is off the role neither claims nor sweeps, and what it
still has to write (outcomes of what is under way) is timed by the database's clock.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from common import clock, metrics, pulse
from common.errors import Unavailable

log = structlog.get_logger()

ASK_SECONDS = 60.0
# While the clock is off.
ASK_AGAIN_SECONDS = 1.0


class ClockOff(Unavailable):
    """This machine's clock is off: what it claimed or swept now would be wrong for all others."""

    def __init__(self) -> None:
        super().__init__(
            "clock_off", "This machine's clock and the database's differ. Nothing was changed."
        )


class ClockCheck:
    """The comparison with one database.

    `ask` returns its time, None where there is nothing to compare with.
    Without a limit every clock is right: tests stop theirs.
    """

    def __init__(self, ask: Callable[[], datetime | None]) -> None:
        self._ask = ask
        self._service = ""
        self._limit = math.inf
        self._lock = threading.Lock()
        self._asked_at = -math.inf
        # Ours less theirs, in seconds, when it was asked for.
        self._difference = 0.0
        # Of the clock over the one that never jumps, at that moment.
        self._lead = 0.0
        self._was_right = True

    def begin(self, service: str, limit_seconds: float) -> None:
        """Compare from now on; more than so many seconds of difference are too many."""
        self._service = service
        self._limit = limit_seconds

    def demand(self) -> None:
        """Raise ClockOff while this machine's clock is off.

        To be asked before rows are claimed, swept, or written for others.
        """
        if not self.is_right():
            raise ClockOff

    def is_right(self) -> bool:
        """Return whether the clock may be trusted now.

        While the database is away, whether it could be before.
        """
        if math.isinf(self._limit):
            return True
        with self._lock:
            is_right = self._seems_right()
            since = clock.monotonic() - self._asked_at
            patience = ASK_SECONDS if is_right else ASK_AGAIN_SECONDS
            if since >= patience:
                self._compare()
                is_right = self._seems_right()
            self._tell(is_right)
            return is_right

    def _seems_right(self) -> bool:
        return abs(self._estimate()) <= self._limit

    def _estimate(self) -> float:
        """Return the difference as it was, and what our clock has jumped since."""
        return self._difference + _lead_now() - self._lead

    def _compare(self) -> None:
        lead = _lead_now()
        ours = clock.of_machine()
        began = clock.monotonic()
        try:
            with pulse.step("clock.compare"):
                theirs = self._ask()
        except Unavailable:
            return
        # They looked at theirs some time between our question and their answer.
        doubt = (clock.monotonic() - began) / 2
        difference = 0.0
        if theirs is not None:
            difference = (ours - theirs).total_seconds() + doubt
        if abs(difference) <= doubt:
            difference = 0.0
        self._difference = difference
        self._lead = lead
        self._asked_at = began

    def _tell(self, is_right: bool) -> None:
        seconds = round(self._estimate(), 3)
        metrics.record_clock_difference(self._service, abs(seconds))
        if self._was_right and not is_right:
            log.error("clock.off", service=self._service, seconds=seconds)
        if not is_right:
            clock.reckon(self._estimate())
        if is_right and not self._was_right:
            clock.trust_machine()
            log.warning("clock.right_again", service=self._service)
        self._was_right = is_right


def _lead_now() -> float:
    return clock.of_machine().timestamp() - clock.monotonic()
