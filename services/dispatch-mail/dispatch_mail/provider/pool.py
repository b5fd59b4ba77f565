"""A pool of connections to one relay: kept, renewed after 100 messages, dropped when idle or in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiosmtplib
import structlog

from common import clock
from dispatch_mail.provider.conversation import Conversation
from dispatch_mail.provider.replies import clean_text
from dispatch_mail.provider.settings import RelaySettings, Tls
from dispatch_mail.provider.smtp import PipelinedProtocol, Writes

log = structlog.get_logger(__name__)

FIRST_BACK_OFF = 1.0  # seconds after a failed connect, doubling
LONGEST_BACK_OFF = 30.0


class RelayDown(Exception):
    """No connection to the relay can be had before `until`: refused, timed out, no TLS, sign-in failed, or 421.

    `others_work` when connections of ours are at work at the same time: then the relay only takes no more of them.
    """

    def __init__(self, why: str, until: datetime, *, others_work: bool) -> None:
        super().__init__(why)
        self.until = until
        self.others_work = others_work


@dataclass(slots=True)
class Line:
    """One open connection, how many messages it has carried, and since when it lies idle."""

    client: aiosmtplib.SMTP
    talk: Conversation
    carried: int = 0
    idle_since: float = 0.0

    @property
    def is_fresh(self) -> bool:
        return self.carried == 0

    def say_goodbye(self) -> None:
        """Send QUIT and close without waiting for the answer; nothing depends on it."""
        if self.talk.protocol.is_clean:
            self.talk.protocol.write(b"QUIT\r\n")
        self.client.close()


@dataclass(slots=True)
class Pool:
    """Connections to one relay, as many at once as its settings say."""

    relay: RelaySettings
    down_until: datetime | None = None
    _lent: int = 0
    _back_off: float = FIRST_BACK_OFF
    _idle: list[Line] = field(default_factory=list)
    _sweep: asyncio.TimerHandle | None = None
    _places: asyncio.Semaphore = field(init=False)
    _writes: Writes = field(default_factory=Writes)

    def __post_init__(self) -> None:
        """Make the places."""
        self._places = asyncio.Semaphore(self.relay.connections)

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """Lend a connection, the last used one first; RelayDown when none can be had.

        It comes back by itself: kept when clean, closed with QUIT when it has carried its messages, dropped otherwise.
        """
        async with self._places:
            line = self._take_idle() or await self._connect()
            self._lent += 1
            try:
                yield line
            except BaseException:
                line.talk.protocol.abort()
                raise
            finally:
                self._lent -= 1
                self._put_back(line)

    async def close(self) -> None:
        """Say goodbye on every idle connection and wait, a second at most, until they are gone."""
        if self._sweep is not None:
            self._sweep.cancel()
        leaving, self._idle = self._idle, []
        for line in leaving:
            line.say_goodbye()
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                for line in leaving:
                    await line.talk.protocol.is_gone.wait()

    def _take_idle(self) -> Line | None:
        self._drop_old()
        while self._idle:
            line = self._idle.pop()
            if line.talk.protocol.is_clean:
                return line
            line.client.close()
        return None

    def _put_back(self, line: Line) -> None:
        if line.talk.protocol.is_clean and line.carried < self.relay.messages_per_connection:
            line.idle_since = clock.monotonic()
            self._idle.append(line)
            if self._sweep is None:
                self._sweep = asyncio.get_running_loop().call_later(self.relay.idle_timeout, self._sweep_idle)
        else:
            line.say_goodbye()

    def _sweep_idle(self) -> None:
        self._sweep = None
        self._drop_old()
        if self._idle:
            self._sweep = asyncio.get_running_loop().call_later(self.relay.idle_timeout, self._sweep_idle)

    def _drop_old(self) -> None:
        """Close what has been idle too long; the list is in order of use."""
        limit = clock.monotonic() - self.relay.idle_timeout
        while self._idle and self._idle[0].idle_since <= limit:
            self._idle.pop(0).say_goodbye()

    async def _connect(self) -> Line:
        if self.down_until is not None and clock.now() < self.down_until:
            raise self._away("the relay was away a moment ago", self.down_until)
        try:
            line = await open_line(self.relay, self._writes)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # ValueError: ssl and aiosmtplib raise it for names and options that cannot work; the mail isn't at fault
            why = clean_text(f"{type(error).__name__}: {error}")
            raise self._away(why, self._stay_away(why)) from error
        self.down_until, self._back_off = None, FIRST_BACK_OFF
        return line

    def _stay_away(self, why: str) -> datetime:
        """Return until when no connect is tried; ten that fail at once are one failure and double the time once."""
        now = clock.now()
        if self.down_until is None or self.down_until <= now:
            self.down_until = now + timedelta(seconds=self._back_off)
            self._back_off = min(self._back_off * 2, LONGEST_BACK_OFF)
            log.warning("relay.down", relay=self.relay.host, why=why, until=self.down_until.isoformat())
        return self.down_until

    def _away(self, why: str, until: datetime) -> RelayDown:
        return RelayDown(why, until, others_work=self._lent > 0)


async def open_line(relay: RelaySettings, writes: Writes | None = None) -> Line:
    """Connect, secure and sign in by aiosmtplib, then take its connection over.

    Raises aiosmtplib's errors and OSError. STARTTLS forgets what the server offered before it (RFC 3207, 4.2), hence
    the EHLO after it; without, "pipelining" isn't seen and strict servers answer 503.
    """
    security = relay.security
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        username=relay.username,
        password=relay.password,
        local_hostname=relay.helo_name,
        timeout=relay.connect_timeout,
        use_tls=security is Tls.IMPLICIT,
        start_tls=security is Tls.STARTTLS,
        tls_context=relay.tls_context(),
    )
    await client.connect()
    try:
        await client.ehlo()
        protocol = PipelinedProtocol.take_over(client, writes or Writes())
    except BaseException:
        client.close()
        raise
    return Line(client, Conversation(protocol, client.supports_extension("pipelining"), relay.reply_timeout))
