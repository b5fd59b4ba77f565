"""A relay on a real socket that does what the recipient's local part says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes

from dispatch_mail.provider import RelaySettings

RCPT_ANSWERS = {
    "unknown": "550-5.1.1 no such user\r\n550 5.1.1 really",
    "full": "452 4.2.2 mailbox full",
    "grey": "450 4.7.1 greylisted, try again",
    "later": "451 4.3.0 try later",
    "busy": "421 4.7.0 too many connections",
    "garbage": "hello, what a nice day",
    "riddle": "354 go ahead",
}
CONTENT_ANSWERS = {
    "spam": "554 5.7.1 message looks like spam",
    "link": "550 5.7.1 message contains a URL",
    "large": "552 5.3.4 message too big",
    "leave": "421 4.3.2 shutting down",
    "riddleend": "354 more please",
}


@dataclass
class ScriptedRelay:
    """Options first, then what it saw. `lenient` answers DATA with 354 even when no recipient was
    taken.

    `reads_links`: "link…" refuses only a mail whose bodies hold one. `limit`: how many connections
    are served at once, the rest is greeted with 421. `mails_per_connection`: 421 to the next MAIL.
    `wants_a_name`: takes recipients only after an EHLO with a dot, as Postfix with
    reject_non_fqdn_helo_hostname. `leaves_after`: so many mails taken, it is away until
    `come_back`.
    """

    pipelining: bool = True
    lenient: bool = False
    reads_links: bool = False
    tls: ssl.SSLContext | None = None
    login: bool = False
    greeting: str = "220 relay.test ready"
    limit: int | None = None
    mails_per_connection: int | None = None
    wants_a_name: bool = False
    leaves_after: int | None = None
    seconds_a_mail: float = 0.0
    longest_wait: float = 30.0
    port: int = 0
    contents: dict[str, bytes] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    served_now: int = 0
    server: asyncio.Server | None = None
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def settings(self, **changes: object) -> RelaySettings:
        return RelaySettings(
            **({"host": "127.0.0.1", "port": self.port, "helo_name": "school.test"} | changes)
        )

    async def until(self, fact: Callable[[ScriptedRelay], bool]) -> None:
        """Wait until the relay has seen something, five seconds at most."""
        async with asyncio.timeout(5), self.changed:
            await self.changed.wait_for(lambda: fact(self))

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    def go_away(self) -> None:
        """Take no more connections and drop those that are open, as a process that is killed."""
        assert self.server is not None
        self.leaves_after = None
        self.server.close()
        for writer in self.writers:
            writer.transport.abort()

    async def come_back(self) -> None:
        await self.listen()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        is_served = self.limit is None or self.served_now < self.limit
        greeting = self.greeting if is_served else "421 4.7.0 relay.test too many connections"
        self.served_now += is_served
        self.writers.add(writer)
        try:
            await _Session(self, reader, writer).run(greeting)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client dropped the line, which several tests are about
        finally:
            self.open_now -= 1
            self.served_now -= is_served
            self.writers.discard(writer)
            writer.close()
            async with self.changed:
                self.changed.notify_all()


@dataclass
class _Session:
    relay: ScriptedRelay
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    recipient: str | None = None
    secured: bool = False
    signed_in: bool = False
    name: str = ""
    mails: int = 0

    async def say(self, answer: str) -> bool:
        self.writer.write(answer.encode() + b"\r\n")
        await self.writer.drain()
        return not answer.startswith("421")

    async def run(self, greeting: str) -> None:
        going = await self.say(greeting)
        while going and (line := await self.reader.readline()):
            command = line.decode().rstrip("\r\n")
            self.relay.commands.append(command)
            going = await self.answer(command)
            async with self.relay.changed:
                self.relay.changed.notify_all()

    async def answer(self, command: str) -> bool:
        verb = command.split(" ")[0].upper()
        match verb:
            case "EHLO":
                self.name = command.partition(" ")[2]
                offers = ["PIPELINING"] * self.relay.pipelining
                offers += ["STARTTLS"] * bool(self.relay.tls and not self.secured) + [
                    "AUTH PLAIN"
                ] * self.relay.login
                return await self.say(
                    "".join(f"250-{offer}\r\n" for offer in ["relay.test", *offers])
                    + "250 8BITMIME"
                )
            case "STARTTLS":
                await self.say("220 go ahead")
                await self.writer.start_tls(self.relay.tls)
                self.secured = True
                return True
            case "AUTH":
                self.signed_in = True
                return await self.say("235 ok")
            case "MAIL":
                return await self.say(self.answer_to_sender(command))
            case "RCPT":
                return await self.take_recipient(command)
            case "DATA":
                return await self.take_content()
            case "RSET":
                self.recipient = None
                return await self.say("250 ok")
            case "QUIT":
                await self.say("221 bye")
                return False
        return await self.say("500 what?")

    def answer_to_sender(self, command: str) -> str:
        if self.relay.tls and not self.secured:
            return "530 5.7.0 Must issue a STARTTLS command first"
        if self.relay.login and not self.signed_in:
            return "530 5.7.0 Authentication required"
        self.mails += 1
        if (
            self.relay.mails_per_connection is not None
            and self.mails > self.relay.mails_per_connection
        ):
            return "421 4.7.0 enough mails on this connection"
        return "553 5.1.8 sender refused" if "badsender" in command else "250 ok"

    async def take_recipient(self, command: str) -> bool:
        name = command.split("<")[1].rsplit("@")[0].split("-")[0]
        if name == "dropbefore":
            return False
        if self.relay.wants_a_name and "." not in self.name:
            address = command.removeprefix("RCPT TO:")
            return await self.say(
                f"504 5.5.2 {address}: <{self.name}>: Helo command rejected, call 03-0000-0000"
            )
        if name in RCPT_ANSWERS:
            return await self.say(RCPT_ANSWERS[name])
        self.recipient = command.split("<")[1].rstrip(">")
        return await self.say("250 ok")

    async def take_content(self) -> bool:
        if self.recipient is None and not self.relay.lenient:
            return await self.say("554 5.5.1 no valid recipients")
        await self.say("354 go")
        content = b""
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                return False
            content += line
        if self.recipient is None:
            return await self.say("554 5.5.1 no valid recipients")
        recipient, self.recipient = self.recipient, None
        name = recipient.split("@")[0].split("-")[0]
        if name == "dropafter":
            return False
        if name == "slow":
            await asyncio.wait_for(self.relay.released.wait(), self.relay.longest_wait)
        if name in CONTENT_ANSWERS and not (
            name == "link" and self.relay.reads_links and not _holds_link(content)
        ):
            return await self.say(CONTENT_ANSWERS[name])
        await asyncio.sleep(self.relay.seconds_a_mail)
        self.relay.contents[recipient] = content
        if len(self.relay.contents) == self.relay.leaves_after:
            self.relay.go_away()
            return False
        return await self.say("250 2.0.0 queued" + ("\r\n250 again" if name == "twice" else ""))


def _holds_link(content: bytes) -> bool:
    parts = message_from_bytes(content).walk()
    return any(
        b"https://" in (part.get_payload(decode=True) or b"")
        for part in parts
        if not part.is_multipart()
    )


StartRelay = Callable[..., Awaitable[ScriptedRelay]]
