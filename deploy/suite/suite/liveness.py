"""Whether a role lives: its loop turns, and no step of its work stands still.

Supervisors (compose, systemd, `renraku local`) start again what has ended, and let stand what is
merely unhealthy. So a role that stands still says what it stood at, and ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading

import structlog

from common import clock, pulse

log = structlog.get_logger()

# While all is well; so many roles that looked each second would cost more than their sleep.
LOOK_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 1.0
# Looks one after the other: a process that was itself stopped for minutes finds its steps overdue,
# and then goes on.
LOOKS = 5


class Liveness:
    """The sign of life of a role.

    Threads ask for it, so that it can be had while the loop is stuck.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._turned_at = clock.monotonic()

    def beat(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note that the loop turns, again and again."""
        self._turned_at = clock.monotonic()
        loop.call_later(LOOK_SECONDS, self.beat, loop)

    def standing_still(self) -> list[str]:
        """Return what has stood still for too long; empty while all is well."""
        steps = pulse.standing_still()
        if clock.monotonic() - self._turned_at > pulse.STEP_SECONDS:
            steps.append("loop")
        return steps

    def is_felt(self) -> bool:
        return not self.standing_still()

    def watch(self) -> None:
        """End this process, from a thread of its own, once something stands still."""
        threading.Thread(target=self._watch, name="liveness", daemon=True).start()

    def _watch(self) -> None:
        pause = threading.Event()
        looks = 0
        while looks < LOOKS:
            pause.wait(LOOK_AGAIN_SECONDS if looks else LOOK_SECONDS)
            if self.is_felt():
                looks = 0
            else:
                looks += 1
        log.critical("role.stands_still", service=self._service, at=self.standing_still())
        sys.stdout.flush()
        sys.stderr.flush()
        # An ordinary end would wait for the very threads that stand still.
        os._exit(1)
