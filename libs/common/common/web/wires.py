"""How a request comes to another house: by a socket, or inside the process that both share.

Sockets are urllib3's, whose call takes less than half of httpx's: httpx looks at every connection
that it keeps, twice for each call. Inside a process httpx's transports call the application itself.
Both raise TimeoutError for a house that took the request and did not answer in time, and
ConnectionError for one that can't be reached.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from urllib3 import HTTPConnectionPool, Timeout, connection_from_url
from urllib3.exceptions import HTTPError, ReadTimeoutError

from common import clock

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 10.0
# Connections that nobody used for so long are dropped: of a machine that lost its power since they
# would say nothing, and it would seem slow instead of away.
IDLE_SECONDS = 5.0
# Kept for the next calls; more are opened when more threads ask at once.
KEPT_CONNECTIONS = 100


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked.

    `target`: path and query below the house's root. `seconds`: to wait for an answer at most.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None = None
    seconds: float = ANSWER_SECONDS


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, of whatever status."""

    status: int
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Wire(Protocol):
    """A way to one house; safe among threads."""

    def ask(self, request: Request) -> Reply: ...

    def close(self) -> None: ...


class Socket:
    """A way over the network."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._root = urlsplit(base_url).path.rstrip("/")
        self._guard = threading.Lock()
        self._pool = self._new_pool()
        self._used_at = clock.monotonic()

    def ask(self, request: Request) -> Reply:
        connect_seconds = min(CONNECT_SECONDS, request.seconds)
        try:
            response = self._fresh_pool().urlopen(
                request.method,
                self._root + request.target,
                body=request.body,
                headers=request.headers,
                timeout=Timeout(connect=connect_seconds, read=request.seconds),
                retries=False,
                redirect=False,
            )
        except ReadTimeoutError as error:
            raise TimeoutError(str(error)) from error
        except HTTPError as error:
            raise ConnectionError(str(error)) from error
        return Reply(response.status, response.data)

    def close(self) -> None:
        self._pool.close()

    def _fresh_pool(self) -> HTTPConnectionPool:
        now = clock.monotonic()
        with self._guard:
            if now - self._used_at > IDLE_SECONDS:
                self._pool.close()
                self._pool = self._new_pool()
            self._used_at = now
            return self._pool

    def _new_pool(self) -> HTTPConnectionPool:
        trusts: dict[str, Any] = {}
        if self._base_url.startswith("https://"):
            trusts["ssl_context"] = _known_authorities()
        return connection_from_url(self._base_url, maxsize=KEPT_CONNECTIONS, **trusts)


@cache
def _known_authorities() -> ssl.SSLContext:
    """Return the authorities that httpx knows, read once for all clients of a process."""
    return httpx.create_ssl_context()


class Inside:
    """A way to a house of this process.

    It stands at its own root there, not below the path that others call.
    """

    def __init__(self, service: str, transport: httpx.BaseTransport) -> None:
        self._root = f"http://{service}"
        self._transport = transport

    def ask(self, request: Request) -> Reply:
        sent = httpx.Request(
            request.method,
            self._root + request.target,
            headers=request.headers,
            content=request.body,
        )
        try:
            response = self._transport.handle_request(sent)
            return Reply(response.status_code, response.read())
        except httpx.ReadTimeout as error:
            raise TimeoutError(str(error)) from error
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error

    def close(self) -> None:
        self._transport.close()
