"""Visitors of pages who cost little themselves: they share the cores with what they measure.

They speak HTTP/1.1 over kept connections, and look at every answer: a rate of errors is no rate.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import uvloop

from bench.services import WAIT_SECONDS
from common import clock

CONNECTIONS = 16
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length:"
CLOSING = b"\r\nconnection: close"


class WrongAnswer(Exception):
    """A page was not what it should be; the rate of such answers would mean nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """One request, and its right answer: this status, with these words in the page.

    `form`: what is sent with it, encoded for a URL.
    """

    method: str
    path: str
    status: int
    words: str
    cookie: str = ""
    form: str = ""

    @property
    def request(self) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: localhost", "Accept-Language: ja"]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        if self.method == "POST":
            lines.append(f"Content-Length: {len(self.form)}")
        if self.form:
            lines.append("Content-Type: application/x-www-form-urlencoded")
        return "\r\n".join([*lines, "", self.form]).encode()

    def check(self, status: int, body: bytes) -> None:
        """Raise WrongAnswer unless this is the page."""
        if status != self.status:
            raise WrongAnswer(f"{self} answered {status}: {body[:200].decode(errors='replace')}")
        if self.words.encode() not in body:
            raise WrongAnswer(f"{self} answered a page without {self.words!r}")


# What one person asks for, one after the other.
Visit = Sequence[Page]


class Connection(asyncio.Protocol):
    """One connection, on which a request waits for the answer to the one before."""

    def __init__(self) -> None:
        self.is_open = False
        self._unread = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def open(cls, port: int) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, "127.0.0.1", port)
        return connection

    async def ask(self, page: Page) -> None:
        """Ask for a page and look at it; raise WrongAnswer, also when there comes none."""
        status, body = await self.answer(page)
        page.check(status, body)

    async def answer(self, page: Page) -> tuple[int, bytes]:
        """Return what is answered, whatever it is; raise WrongAnswer when there comes nothing."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(page.request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not derived from it
        self.is_open = True

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            cut = WrongAnswer("the server closed the connection and did not answer")
            self._answer.set_exception(error or cut)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        head, found, body = self._unread.partition(END_OF_HEAD)
        if not found or self._answer is None:
            return
        head = head.lower()
        if len(body) < _length(head):
            return
        self._unread = b""
        if CLOSING in head:
            self.is_open = False
        _version, status, _ = head.split(b" ", 2)
        self._answer.set_result((int(status), body))


def _length(head: bytes) -> int:
    """Return how long an answer's body is; all servers that we measure say it."""
    _, found, rest = head.partition(LENGTH)
    if not found:
        raise WrongAnswer(f"an answer does not say its length: {head.decode(errors='replace')}")
    return int(rest.partition(b"\r\n")[0])


@dataclass(frozen=True, slots=True)
class Visited:
    """How many visits were made in so many seconds."""

    visits: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.visits / self.seconds


def come_again(port: int, visits: Iterator[Visit], seconds: float) -> Visited:
    """Let 16 visitors come, and come again as soon as they are served.

    It ends after so many seconds, or with the last visit. Raises WrongAnswer.
    """
    return uvloop.run(_come_together(port, visits, seconds))


async def _come_together(port: int, visits: Iterator[Visit], seconds: float) -> Visited:
    began = clock.monotonic()
    cpu_before = time.process_time()
    until = began + seconds
    visitors = [_come_again(port, visits, until) for _ in range(CONNECTIONS)]
    async with asyncio.timeout(WAIT_SECONDS):
        counts = await asyncio.gather(*visitors)
    visited = Visited(
        visits=sum(counts),
        seconds=clock.monotonic() - began,
    )
    _say_cost(visited, time.process_time() - cpu_before)
    return visited


def _say_cost(visited: Visited, cpu_seconds: float) -> None:
    """Say what the visitors took of the cores: it must be little, and alike on both sides."""
    cost = 1_000_000 * cpu_seconds / visited.visits
    print(
        f"  {visited.visits:,} visits in {visited.seconds:.1f} s; "
        f"a visit cost the visitor {cost:.0f} µs of CPU",
        file=sys.stderr,
    )


async def _come_again(port: int, visits: Iterator[Visit], until: float) -> int:
    count = 0
    connection = await Connection.open(port)
    for visit in visits:
        for page in visit:
            if not connection.is_open:
                connection = await Connection.open(port)
            await connection.ask(page)
        count += 1
        if clock.monotonic() >= until:
            break
    connection.close()
    return count


def seconds_of(port: int, page: Page, times: int) -> list[float]:
    """Return how long each of so many visits of one visitor took, in seconds."""
    return uvloop.run(_visit_one_by_one(port, page, times))


async def _visit_one_by_one(port: int, page: Page, times: int) -> list[float]:
    took = []
    connection = await Connection.open(port)
    for _ in range(times):
        if not connection.is_open:
            connection = await Connection.open(port)
        began = clock.monotonic()
        await connection.ask(page)
        took.append(clock.monotonic() - began)
    connection.close()
    return took
