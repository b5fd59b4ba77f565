"""What the relay does to us, rather than to one mail: it is away, or it refuses us.

The operator is told of both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from common import clock, metrics
from common.logs import scrub

log = structlog.get_logger(__name__)

# Seconds before the relay is tried again, doubling.
FIRST_PAUSE = 1.0
# All that waits goes so long after its return, at the latest.
LONGEST_PAUSE = 5.0
# So long after a connection that brought no mail's answer, trouble counts as new.
QUIET_SECONDS = 60.0
# Between two lines about one code: a send of thousands would fill the log.
SILENT_SECONDS = 60.0


class Breaker:
    """Open while the relay is away: nothing is handed over until a connection is had again.

    One connection is tried again and again, without mails: their rows spend nothing.
    `try_relay` connects once; it tells us by `open` or `close` how that went.
    """

    def __init__(self, relay: str, try_relay: Callable[[], Awaitable[None]]) -> None:
        self._relay = relay
        self._try_relay = try_relay
        self._is_open = False
        # When the trouble began; it ends with a mail's answer.
        self._since: float | None = None
        self._closed_at = 0.0
        self._pause = FIRST_PAUSE
        self._trying: asyncio.Task[None] | None = None
        self._is_stopped = False
        self.why = ""

    @property
    def is_open(self) -> bool:
        """Whether the relay is away."""
        return self._is_open

    def open(self, why: str) -> None:
        """Hear that the relay is away, for the first time or still."""
        now = clock.monotonic()
        was_closed = not self._is_open
        if was_closed or why != self.why:
            log.warning("relay.away", relay=self._relay, why=scrub(why))
        was_quiet = now > self._closed_at + QUIET_SECONDS
        is_new_trouble = was_closed and was_quiet
        if self._since is None or is_new_trouble:
            self._since = now
        self._is_open = True
        self.why = why
        metrics.record_relay_away(now - self._since)
        self._begin_trying()

    def close(self) -> None:
        """Hear that a connection was opened."""
        if not self._is_open:
            return
        log.warning("relay.back", relay=self._relay)
        self._is_open = False
        self._closed_at = clock.monotonic()
        metrics.record_relay_away(0.0)

    def hear_of_mail(self) -> None:
        """Hear that the relay took or refused a mail: it works, and the next trouble is a new one.

        A connection alone is not enough: a relay that greets and then takes nothing would be tried
        every second, and nobody would be told.
        """
        self._pause = FIRST_PAUSE
        self._since = None

    async def stop(self) -> None:
        """Try no more.

        A try that has its answer already may miss that it was cancelled: it ends with that answer.
        """
        self._is_stopped = True
        if self._trying is not None:
            self._trying.cancel()
            with suppress(asyncio.CancelledError):
                await self._trying

    def _begin_trying(self) -> None:
        is_tried = self._trying is not None and not self._trying.done()
        if not is_tried and not self._is_stopped:
            self._trying = asyncio.create_task(self._try_until_back())

    async def _try_until_back(self) -> None:
        while self.is_open and not self._is_stopped:
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            if not self.is_open:
                return
            try:
                await self._try_relay()
            except Exception:
                # An error of ours must not end the trying: nothing would ever be handed over again.
                log.exception("relay.try_failed", relay=self._relay)


class Refusals:
    """What the relay refuses for a fault of ours or its own (name, login, sender)."""

    def __init__(self, relay: str) -> None:
        self._relay = relay
        self._silent_until: dict[int, float] = {}

    def note(self, code: int, text: str) -> None:
        """Count a refusal, and write a line about its code, one a minute at most."""
        if not 400 <= code < 600:
            return
        metrics.record_relay_refusal(code)
        now = clock.monotonic()
        if now >= self._silent_until.get(code, now):
            self._silent_until[code] = now + SILENT_SECONDS
            log.warning("relay.refused", relay=self._relay, code=code, text=scrub(text))
