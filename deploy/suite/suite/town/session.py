"""One SMTP connection of the town's relay, from the greeting to the last answer.

A session is one protocol object. It reads commands and contents from its buffer in order, gathers
the answers of a group into one write (RFC 2920), and stops reading its buffer only while a mail is
on its way to the mailboxes, so that answers can't overtake each other.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from typing import cast

import structlog

from .desk import Desk, Dropped
from .domains import Kind
from .envelope import ArgumentRefused, Envelope, read_recipient, read_sender
from .framing import ContentReader, LineRefused, LineTooLong, take_line

MAX_ERRORS = 20  # bad commands before the relay hangs up
_PAUSE_ABOVE = 1 << 20  # octets that a client may send ahead while its mail is being stored

log = structlog.get_logger(__name__)


class Session(asyncio.Protocol):
    """One SMTP connection."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._settings = desk.control.settings
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._answers: list[bytes] = []
        self._envelope: Envelope | None = None
        # Its content has come in whole, and is not answered yet.
        self._delivering: Envelope | None = None
        self._reader: ContentReader | None = None  # set while a content is coming in
        self._greeted = False
        self._waiting = False
        self._closing = False
        self._secure = False
        self._refused_recipients = 0
        self._mails = 0
        self._errors = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard_at = self._loop.time()

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the client."""
        # A cast, not a check: uvloop's transports do all that this class does without being of it.
        self._transport = cast(asyncio.Transport, transport)
        self._desk.sessions.add(self)
        self._timer = self._loop.call_later(self._settings.idle_seconds, self._check_idle)
        self._transport.write(f"220 {self._settings.name} ESMTP town\r\n".encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the session; a mail that is being stored is still stored."""
        self._closing = True
        self._timer.cancel()
        self._desk.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take what came and go as far as it leads."""
        self._heard_at = self._loop.time()
        self._buffer += data
        self._pump()

    def cut(self) -> set[asyncio.Task[None]]:
        """Close without a word and return the tasks that were under way, cancelled."""
        self._closing = True
        self._transport.abort()
        for task in self._tasks:
            task.cancel()
        return self._tasks.copy()

    def _check_idle(self) -> None:
        left = self._heard_at + self._settings.idle_seconds - self._loop.time()
        if left <= 0 and not self._waiting:
            self._hang_up("421 4.4.2 Idle for too long")
            self._flush()
            return
        self._timer = self._loop.call_later(max(left, 1.0), self._check_idle)

    def _pump(self) -> None:
        while not (self._waiting or self._closing):
            if not self._take_next():
                break
        if self._waiting and len(self._buffer) > _PAUSE_ABOVE:
            self._transport.pause_reading()
        self._flush()

    def _take_next(self) -> bool:
        """Take the content that is coming in, else a command; False when it is not whole yet."""
        if self._reader:
            return self._take_content(self._reader)
        return self._take_command()

    def _flush(self) -> None:
        if self._answers:
            self._transport.write(b"".join(self._answers))
            self._answers.clear()
        if self._closing:
            self._transport.close()

    def _answer(self, text: str) -> None:
        self._answers.append(text.encode("latin-1") + b"\r\n")
        if text[:3] in ("500", "501", "502", "503", "555"):
            self._errors += 1
            if self._errors == MAX_ERRORS:
                self._hang_up("421 4.7.0 Too many errors")

    def _hang_up(self, text: str) -> None:
        self._answer(text)
        self._closing = True

    # Commands

    def _take_command(self) -> bool:
        """Carry out the next whole line; return False when there is none yet."""
        try:
            line = take_line(self._buffer)
        except LineTooLong:
            self._hang_up("500 5.5.2 Line too long")
            return False
        except LineRefused:
            self._answer("500 5.5.2 Commands are ASCII and end with CR LF")
            return True
        if line is None:
            return False
        verb, _, argument = line.partition(" ")
        command = _COMMANDS.get(verb.upper())
        if command is None:
            self._answer("500 5.5.2 Command not recognised")
        else:
            command(self, argument.strip(" "))
        return True

    def _helo(self, argument: str) -> None:
        if self._greets(argument):
            self._answer(f"250 {self._settings.name}")

    def _ehlo(self, argument: str) -> None:
        if not self._greets(argument):
            return
        offers = ["PIPELINING", f"SIZE {self._settings.max_size}", "8BITMIME"]
        if self._desk.tls is not None and not self._secure:
            offers.append("STARTTLS")
        for line in (self._settings.name, *offers):
            self._answer(f"250-{line}")
        self._answer("250 ENHANCEDSTATUSCODES")

    def _greets(self, host: str) -> bool:
        if not host or " " in host:
            self._answer("501 5.5.4 Syntax: EHLO hostname")
            return False
        self._greeted, self._envelope = True, None
        return True

    def _mail(self, argument: str) -> None:
        if not self._greeted:
            self._answer("503 5.5.1 Say EHLO first")
            return
        if self._envelope is not None:
            self._answer("503 5.5.1 MAIL is under way already")
            return
        if self._mails >= self._settings.mails_per_connection:
            self._hang_up("421 4.7.0 Enough mails on this connection, please open another")
            return
        try:
            self._envelope = Envelope(read_sender(argument, self._settings.max_size))
        except ArgumentRefused as refusal:
            self._answer(str(refusal))
            return
        self._refused_recipients = 0
        self._answer("250 2.1.0 Ok")

    def _rcpt(self, argument: str) -> None:
        envelope = self._envelope
        if envelope is None:
            self._answer("503 5.5.1 MAIL first")
            return
        if len(envelope.recipients) >= self._settings.recipients_per_mail:
            self._answer("452 4.5.3 Too many recipients")
            return
        try:
            recipient = read_recipient(argument)
        except ArgumentRefused as refusal:
            self._refused_recipients += 1
            self._answer(str(refusal))
            return
        refused = self._desk.control.answer_to_recipient(envelope.sender, recipient)
        if self._desk.is_one_too_many(self, recipient.kind):
            refused = "421 4.7.0 Too many connections from your host"
        if refused is None:
            envelope.recipients.append(recipient)
            self._answer("250 2.1.5 Ok")
        elif refused.startswith("421"):
            self._hang_up(refused)
        else:
            self._refused_recipients += 1
            self._answer(refused)

    def is_busy_with(self, kind: Kind) -> bool:
        """Return whether a mail to such a domain is under way here."""
        envelope = self._envelope or self._delivering
        if envelope is None:
            return False
        return any(recipient.kind is kind for recipient in envelope.recipients)

    def _data(self, argument: str) -> None:
        if argument:
            self._answer("501 5.5.4 Syntax: DATA")
            return
        envelope = self._envelope
        if envelope is None or not (envelope.recipients or self._refused_recipients):
            self._answer("503 5.5.1 MAIL and RCPT first")
            return
        if not envelope.recipients:
            self._answer("554 5.5.1 No valid recipients")
            return
        self._reader = ContentReader(self._settings.max_size)
        self._answer("354 End with CR LF . CR LF")

    def _rset(self, argument: str) -> None:
        if argument:
            self._answer("501 5.5.4 Syntax: RSET")
            return
        self._envelope = None
        self._answer("250 2.0.0 Ok")

    def _noop(self, _argument: str) -> None:
        self._answer("250 2.0.0 Ok")

    def _vrfy(self, argument: str) -> None:
        if argument:
            self._answer("252 2.0.0 Send some mail, we will try")
        else:
            self._answer("501 5.5.4 Syntax: VRFY address")

    def _quit(self, _argument: str) -> None:
        self._hang_up("221 2.0.0 Bye")

    def _starttls(self, argument: str) -> None:
        if self._desk.tls is None or self._secure:
            self._answer("502 5.5.1 STARTTLS is not offered")
        elif argument:
            self._answer("501 5.5.4 Syntax: STARTTLS")
        # What came in clear must never count as said under TLS (CVE-2011-0411).
        elif self._buffer:
            self._hang_up("554 5.5.1 Nothing may follow STARTTLS in its group")
        else:
            self._waiting = True
            self._transport.pause_reading()
            self._answer("220 2.0.0 Ready to start TLS")
            self._flush()
            self._start(self._secure_connection(self._desk.tls))

    # Contents

    def _take_content(self, reader: ContentReader) -> bool:
        """Take a whole content out of the buffer; return False when its end has not come yet."""
        content = reader.take(self._buffer)
        if content is None:
            return False
        envelope = self._envelope
        assert envelope is not None
        self._envelope = None
        self._reader = None
        self._mails += 1
        if reader.oversize:
            self._answer("552 5.3.4 Message size exceeds the limit")
            return True
        self._waiting = True
        self._delivering = envelope
        self._start(self._deliver(envelope, content))
        return True

    async def _deliver(self, envelope: Envelope, content: bytes) -> None:
        try:
            answer = await self._desk.deliver(envelope, content)
        except Dropped:
            self._closing = True
            self._transport.abort()
            return
        except Exception:
            log.exception("town.mail_not_stored")
            answer = "451 4.3.0 Local error, please try again"
        finally:
            self._delivering = None
        self._answer(answer)
        self._go_on()

    async def _secure_connection(self, tls: ssl.SSLContext) -> None:
        try:
            transport = await self._loop.start_tls(
                self._transport, self, tls, server_side=True, ssl_handshake_timeout=10
            )
        # The client gave up or doesn't trust us: ssl.SSLError is an OSError.
        except (OSError, ConnectionError):
            self._closing = True
            self._transport.abort()
            return
        assert transport is not None
        self._transport = transport
        self._secure, self._greeted, self._envelope = True, False, None
        self._go_on()

    def _go_on(self) -> None:
        self._waiting = False
        if self._closing:
            return
        self._heard_at = self._loop.time()
        self._transport.resume_reading()
        self._pump()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_COMMANDS: dict[str, Callable[[Session, str], None]] = {
    "HELO": Session._helo,
    "EHLO": Session._ehlo,
    "MAIL": Session._mail,
    "RCPT": Session._rcpt,
    "DATA": Session._data,
    "RSET": Session._rset,
    "NOOP": Session._noop,
    "VRFY": Session._vrfy,
    "QUIT": Session._quit,
    "STARTTLS": Session._starttls,
}
