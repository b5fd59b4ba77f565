"""Connections to one relay: kept, renewed after 100 messages, dropped when idle or in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiosmtplib

from common import clock, metrics
from common.words import LANES
from dispatch_mail.provider.breaker import Breaker, Refusals
from dispatch_mail.provider.conversation import Conversation
from dispatch_mail.provider.places import Places
from dispatch_mail.provider.replies import clean_text
from dispatch_mail.provider.settings import RelaySettings, Tls
from dispatch_mail.provider.smtp import PipelinedProtocol, Writes

# ValueError: names and options of TLS that cannot work
TROUBLE = (aiosmtplib.SMTPException, OSError, ValueError)
# The lane whose place a try takes: it must not wait behind normal mails.
TRYING = "urgent"


class RelayDown(Exception):
    """The relay is away: refused, timed out, no TLS, no sign-in, no connection left for us."""


@dataclass(slots=True)
class SmtpLine:
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
    """Connections to one relay for both lanes, never more at once than its settings say."""

    relay: RelaySettings
    refusals: Refusals = field(init=False)
    _breaker: Breaker = field(init=False)
    _places: Places = field(init=False)
    _connecting: int = 0
    _lent: dict[str, list[SmtpLine]] = field(init=False)
    _idle: list[SmtpLine] = field(default_factory=list)
    _sweep: asyncio.TimerHandle | None = None
    _writes: Writes = field(default_factory=Writes)

    def __post_init__(self) -> None:
        """Begin with all places, and with a relay that is taken to be there."""
        self.refusals = Refusals(self.relay.host)
        self._breaker = Breaker(self.relay.host, self._try_relay)
        self._places = Places(self.relay.connections)
        self._lent = {lane: [] for lane in LANES}
        metrics.expect_relay_refusals()
        metrics.record_relay_away(0.0)

    @property
    def is_away(self) -> bool:
        """Whether the relay is away: it is being tried, and gets no mail meanwhile."""
        return self._breaker.is_open

    @asynccontextmanager
    async def line(self, lane: str) -> AsyncIterator[SmtpLine]:
        """Lend a connection, the last used one first; RelayDown when none can be had.

        It comes back by itself: kept when clean, closed with QUIT when it has carried its messages,
        dropped otherwise.
        """
        line = await self._find_line(lane)
        lent = self._lent[lane]
        lent.append(line)
        try:
            yield line
        except BaseException:
            line.talk.protocol.abort()
            raise
        finally:
            lent.remove(line)
            self._put_back(line)
            self._places.give_back(lane)

    async def close(self) -> None:
        """Say goodbye on every idle connection and wait, a second at most, until they are gone."""
        await self._breaker.stop()
        if self._sweep is not None:
            self._sweep.cancel()
        leaving = self._idle
        self._idle = []
        for line in leaving:
            line.say_goodbye()
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                for line in leaving:
                    await line.talk.protocol.is_gone.wait()

    async def _find_line(self, lane: str) -> SmtpLine:
        """Return a connection that holds a place of the lane."""
        line = None
        while line is None:
            await self._places.take(lane)
            try:
                line = self._take_idle() or await self._connect()
                if line is not None and self._places.is_over(lane):
                    # The relay refused others while this one was opened: urgent mails have none.
                    self._put_back(line)
                    line = None
            finally:
                if line is None:
                    self._places.give_back(lane)
        line.talk.is_called_back = False
        return line

    def _take_idle(self) -> SmtpLine | None:
        self._drop_old()
        while self._idle:
            line = self._idle.pop()
            if line.talk.protocol.is_clean:
                return line
            line.client.close()
        return None

    def _put_back(self, line: SmtpLine) -> None:
        if line.carried:
            self._breaker.hear_of_mail()
        elif line.talk.trouble is not None:
            self._breaker.open(line.talk.trouble)
        may_carry_more = line.carried < self.relay.messages_per_connection
        if not line.talk.protocol.is_clean or not may_carry_more:
            line.say_goodbye()
            return
        line.idle_since = clock.monotonic()
        self._idle.append(line)
        if self._sweep is None:
            self._sweep_later()

    def _sweep_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(self.relay.idle_timeout, self._sweep_idle)

    def _sweep_idle(self) -> None:
        self._sweep = None
        self._drop_old()
        if self._idle:
            self._sweep_later()

    def _drop_old(self) -> None:
        """Close what has been idle too long; the list is in order of use."""
        limit = clock.monotonic() - self.relay.idle_timeout
        while self._idle and self._idle[0].idle_since <= limit:
            self._idle.pop(0).say_goodbye()

    async def _connect(self) -> SmtpLine | None:
        """Open a connection; None when the relay takes no more of them. Raises RelayDown."""
        if self._breaker.is_open:
            raise RelayDown(self._breaker.why)
        line = await self._open()
        if line is None and self._breaker.is_open:
            raise RelayDown(self._breaker.why)
        return line

    async def _try_relay(self) -> None:
        """Connect while the relay is away; what it gives is kept for the first mail."""
        await self._places.take(TRYING)
        try:
            line = await self._open()
            if line is not None:
                self._put_back(line)
        finally:
            self._places.give_back(TRYING)

    async def _open(self) -> SmtpLine | None:
        """Open a connection, or None: then the places are fewer, or the breaker is open."""
        self._connecting += 1
        try:
            line = await open_line(self.relay, self._writes)
        except TROUBLE as error:
            self._hear_of(error)
            return None
        finally:
            self._connecting -= 1
        self._breaker.close()
        return line

    def _hear_of(self, error: Exception) -> None:
        """Learn from a connection that could not be had.

        421 at the greeting, while we have others, means that the relay takes no more of them;
        all else means that it is away.
        """
        if isinstance(error, aiosmtplib.SMTPResponseException):
            self.refusals.note(error.code, clean_text(error.message))
        others = self._count_others()
        is_full = isinstance(error, aiosmtplib.SMTPConnectResponseError) and error.code == 421
        if is_full and others:
            self._places.shrink(others)
            self._call_back()
            return
        self._places.restore()
        self._breaker.open(clean_text(f"{type(error).__name__}: {error}"))

    def _count_others(self) -> int:
        """Return how many connections there are besides the one that could not be had."""
        lent = sum(len(lines) for lines in self._lent.values())
        connecting = self._connecting - 1
        return lent + len(self._idle) + connecting

    def _call_back(self) -> None:
        """Ask for what normal mails have beyond their share, so that urgent ones find theirs."""
        for line in self._lent["normal"][self._places.open_to_normal :]:
            line.talk.is_called_back = True


async def open_line(relay: RelaySettings, writes: Writes | None = None) -> SmtpLine:
    """Connect, secure and sign in by aiosmtplib, then take its connection over.

    Raises aiosmtplib's errors and OSError. STARTTLS forgets what the server offered before it (RFC
    3207, 4.2), hence the EHLO after it; without, "pipelining" isn't seen and strict servers answer
    503.
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
    pipelining = client.supports_extension("pipelining")
    return SmtpLine(client, Conversation(protocol, pipelining, relay.reply_timeout))
