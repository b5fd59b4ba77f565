"""SMTP with command pipelining (RFC 2920) on a connection that aiosmtplib has opened.

aiosmtplib connects, secures and signs in; then its transport gets a protocol of our own that reuses
its parser and may have several answers outstanding. The protocol speaks what a conversation gives
it and hands it the answers as they arrive. Without it each mail waits for four answers, and most of
a connection's time is waiting.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Generator
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

import aiosmtplib
from aiosmtplib import SMTPResponse
from aiosmtplib.protocol import MAX_RESPONSE_LENGTH, SMTPProtocol

from dispatch_mail.provider.replies import clean_text

Result = TypeVar("Result")


class Words(NamedTuple):
    """What is said in one write, and how many answers it wants."""

    data: bytes
    wanted: int


class Exchange(NamedTuple):
    """Answers as far as they came and made sense, why no more will come, and whether anything was
    written at all.
    """

    answers: list[SMTPResponse]
    broken: str | None = None
    written: bool = True


_PLAIN = re.compile(rb"([2-5]\d\d) ([!-~](?:[ -~]*[!-~])?)")


@lru_cache(maxsize=1024)
def _plain_answer(line: bytes) -> SMTPResponse | None:
    """Return the answer of a line that stands alone.

    Of four answers a mail three are the same for every mail.
    """
    found = _PLAIN.fullmatch(line)
    return SMTPResponse(int(found[1]), found[2].decode()) if found else None


def _read_plain(data: bytes, wanted: int) -> list[SMTPResponse] | None:
    """Return the answers where the data are just these, a line each, as nearly always.

    Else None, and the parser reads them.
    """
    lines = data.split(b"\r\n")
    if len(lines) != wanted + 1 or lines.pop():
        return None
    answers = [answer for line in lines if (answer := _plain_answer(line)) is not None]
    return answers if len(answers) == wanted else None


class Writes:
    """What a turn of the event loop has to say on all connections of a pool, written together at
    its end.

    Written as each answer comes, every mail would wake a relay on the same machine, which takes the
    processor.
    """

    def __init__(self) -> None:
        self._waiting: list[PipelinedProtocol] = []

    def add(self, protocol: PipelinedProtocol) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        self._waiting.append(protocol)

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        for protocol in waiting:
            protocol.speak()


class PipelinedProtocol(SMTPProtocol):
    """aiosmtplib's parser and flow control with several answers outstanding."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, lost: Callable[[SMTPProtocol], None], writes: Writes
    ) -> None:
        super().__init__(loop=loop, connection_lost_callback=lost)
        self.is_gone = asyncio.Event()
        self._writes = writes
        self._unsaid = b""
        self._talk: Generator[Words, Exchange, Any] | None = None
        self._done: asyncio.Future[Any]
        self._wanted = 0
        self._got: list[SMTPResponse] = []
        self._timer: asyncio.TimerHandle
        self._timeout = 0.0
        self._said_at = 0.0

    @classmethod
    def take_over(cls, client: aiosmtplib.SMTP, writes: Writes) -> PipelinedProtocol:
        """Put this protocol in place of the client's, after connect, STARTTLS, login and the second
        EHLO are done.

        The client goes on working through it (QUIT). Uses private names of aiosmtplib; a test
        guards them.
        """
        assert client.protocol is not None
        transport = cast(asyncio.Transport, client.protocol.transport)
        protocol = cls(
            asyncio.get_running_loop(),
            client._on_connection_lost,
            writes,
        )
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol._response_pending = False  # no greeting will come on a connection that had its own
        client.protocol = protocol
        return protocol

    @property
    def is_clean(self) -> bool:
        """Return whether the connection lives and no answer lies about that would pair with the
        next mail's command.
        """
        return self.is_connected and self._talk is None and not self._buffer

    async def follow(self, talk: Generator[Words, Exchange, Result], timeout: float) -> Result:
        """Say what the conversation says and hand it the answers until it returns.

        Each may be `timeout` seconds in coming.

        A connection that breaks is told to it as an exchange: it always comes to its end.
        """
        assert self._talk is None, "one conversation at a time"
        self._talk, self._timeout = talk, timeout
        self._done = self._loop.create_future()
        self._timer = self._loop.call_later(timeout, self._look_at_clock)
        try:
            self._go_on(None)
            result: Result = await self._done
            return result
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            self._talk = None
            self._timer.cancel()

    def _go_on(self, exchange: Exchange | None) -> None:
        """Give the conversation an exchange (None: it begins) and say what it says next."""
        talk = self._talk
        self._got = []
        assert talk is not None
        # Once it is cancelled, nothing more is said.
        while not self._done.done():
            try:
                words = talk.send(cast(Exchange, exchange))
            except StopIteration as end:
                self._talk = None
                self._done.set_result(end.value)
            except Exception as error:
                self.abort()
                self._done.set_exception(error)
            else:
                if self.is_connected and not self._buffer:
                    self._unsaid = words.data
                    self._wanted = words.wanted
                    self._said_at = self._loop.time()
                    self._writes.add(self)
                    return
                exchange = Exchange([], "connection lost", written=False)

    def speak(self) -> None:
        """Write what the conversation said last."""
        if self._unsaid and self.is_connected:
            data, self._unsaid = self._unsaid, b""
            self.write(data)

    def data_received(self, data: bytes) -> None:
        """Collect answers for what was said.

        Those nobody asked for stay in the buffer: the connection isn't clean then.
        """
        if self._response_pending:
            super().data_received(data)
            return
        nobody_asked = self._talk is None or self._unsaid
        if nobody_asked:
            self.abort()
            return
        if not self._buffer and not self._got:
            plain = _read_plain(data, self._wanted)
            if plain:
                self._go_on(Exchange(plain))
                return
        self._buffer.extend(data)
        got = self._got
        try:
            while len(got) < self._wanted:
                answer = self._read_response_from_buffer()
                if answer is None:
                    break
                got.append(answer)
        except aiosmtplib.SMTPResponseException as error:
            self._break(clean_text(error.message))
            return
        if len(self._buffer) > MAX_RESPONSE_LENGTH:
            self._break("answer too long")
        elif len(got) == self._wanted:
            self._go_on(Exchange(got))

    def eof_received(self) -> bool:
        """Let connection_lost tell the conversation, so that answers already here count."""
        return False if self._talk else super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the conversation, with the answers that still came."""
        super().connection_lost(exc)
        if self._talk is not None:
            self._go_on(Exchange(self._got, "connection lost", written=not self._unsaid))
        self.is_gone.set()

    def abort(self) -> None:
        """Drop the connection for good: a late answer would pair with the next mail."""
        if self.transport is not None:
            cast(asyncio.Transport, self.transport).abort()

    def _look_at_clock(self) -> None:
        left = self._said_at + self._timeout - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look_at_clock)
        elif self._talk is not None:
            self._break("timed out")

    def _break(self, why: str) -> None:
        self.abort()
        self._go_on(Exchange(self._got, why, written=not self._unsaid))
