"""The door for mails that come in: SMTP and LMTP on one port, for the operator's own relay.

It keeps nothing: a mail is ours when it is dealt with, and until then the relay keeps it (451).
What a flood could use up is bounded: connections, bytes, mails a minute. Beyond that the relay is
asked to come again (421, 451), which loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from common import clock

log = structlog.get_logger()
# aiosmtpd tells of each command, with the addresses in it.
logging.getLogger("mail.log").setLevel(logging.WARNING)

TAKEN = "250 2.0.0 Ok: taken"
NOT_OURS = "550 5.1.1 No such address here"
AGAIN = "451 4.3.0 Not now, please try again later"
TOO_FAST = "451 4.7.1 Too many mails, please try again later"
ONE_AT_A_TIME = "452 4.5.3 One recipient at a time"
FULL_HOUSE = b"421 4.3.2 Too many connections, please try again later\r\n"
# Seconds without a word from the other side.
IDLE_SECONDS = 60.0
# Commands of one kind in one connection; relays keep a connection for a hundred mails.
MOST_COMMANDS = 1000


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a flood may use: connections at once, bytes of a mail, mails in a minute."""

    connections: int
    size: int
    mails_a_minute: int


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail as it came. `sender`: empty for what programs send by themselves."""

    sender: str
    recipient: str
    raw: bytes


# Both return what is answered: to the address, and to the mail.
MayCome = Callable[[str], Awaitable[str]]
Take = Callable[[IncomingMail], Awaitable[str]]


class Listener:
    """The open door; `may_come` sees each address before its mail is read."""

    def __init__(self, bounds: Bounds, name: str, may_come: MayCome, take: Take) -> None:
        self._bounds = bounds
        self._name = name
        self._handler = _Handler(bounds.mails_a_minute, may_come, take)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()

    @property
    def is_open(self) -> bool:
        return self._server is not None and self._server.is_serving()

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port, which is a free one for 0."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._answer, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more; a mail without its answer is still the relay's."""
        if self._server is None:
            return
        self._server.close()
        for transport in list(self._open):
            transport.close()
        await self._server.wait_closed()

    def _answer(self) -> asyncio.Protocol:
        if len(self._open) >= self._bounds.connections:
            return _FullHouse()
        return _Conversation(
            self._open,
            self._handler,
            data_size_limit=self._bounds.size,
            hostname=self._name,
            ident="Renraku",
            timeout=IDLE_SECONDS,
            command_call_limit=MOST_COMMANDS,
        )


class _FullHouse(asyncio.Protocol):
    """Says that there is no place, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(FULL_HOUSE)
        transport.close()


class _Conversation(SMTP):
    """SMTP, and LMTP for who greets with LHLO: with one recipient a mail they answer alike."""

    def __init__(self, open_now: set[asyncio.BaseTransport], handler: _Handler, **options: Any):
        super().__init__(handler, **options)
        self._open_now = open_now

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open_now.add(transport)
        self._own = transport
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._open_now.discard(self._own)
        super().connection_lost(error)

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd finds it by name
        await self.smtp_EHLO(hostname)


class _Handler:
    """What aiosmtpd asks, step by step."""

    def __init__(self, mails_a_minute: int, may_come: MayCome, take: Take) -> None:
        self._pace = _Pace(mails_a_minute)
        self._may_come = may_come
        self._take = take

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds it by name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if envelope.rcpt_tos:
            return ONE_AT_A_TIME
        if not self._pace.has_room():
            return TOO_FAST
        answer = await self._may_come(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds it by name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        sender = (envelope.mail_from or "").strip("<>")
        mail = IncomingMail(sender, envelope.rcpt_tos[0], raw)
        return await self._take(mail)

    async def handle_exception(self, error: Exception) -> str:
        # aiosmtpd would answer 500, and the relay would throw the mail away.
        log.exception("inbound.failed", error=type(error).__name__)
        return AGAIN


class _Pace:
    """So many mails a minute: what is not used within a minute is not kept for the next."""

    def __init__(self, mails_a_minute: int) -> None:
        self._most = float(mails_a_minute)
        self._room = self._most
        self._seen_at = clock.monotonic()

    def has_room(self) -> bool:
        """Take one place, if there is one."""
        now = clock.monotonic()
        grown = (now - self._seen_at) / 60 * self._most
        self._seen_at = now
        self._room = min(self._most, self._room + grown)
        if self._room < 1:
            return False
        self._room -= 1
        return True
