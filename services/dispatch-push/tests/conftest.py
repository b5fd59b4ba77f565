"""The town's FCM on a real socket, and a stubborn server that answers what a test tells it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from town_fcm import Town
from werkzeug.serving import make_server

from dispatch_push.provider.settings import FcmSettings
from suite.town.control import RelayControl
from suite.town.fcm import Fcm
from suite.town.mailboxes import Mailboxes
from suite.town.pages import create_town_app
from suite.town.phones import Phones
from suite.town.service_account import write_service_account


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    fcm = Fcm(Phones(tmp_path / "phones.db"), tmp_path / "fcm-service-account.json")
    mailboxes = Mailboxes(tmp_path / "town.db")
    server = make_server(
        "127.0.0.1", 0, create_town_app(mailboxes, RelayControl(), fcm=fcm), threaded=True
    )
    url = f"http://127.0.0.1:{server.server_port}/town/fcm"
    write_service_account(tmp_path, url)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Town(fcm, url, fcm.service_account)
    server.shutdown()
    thread.join(10)
    server.server_close()
    mailboxes.close()


@dataclass
class Stubborn:
    """A server that gives access tokens and then answers with `says`: None hangs, b"" hangs up."""

    says: bytes | None = b""
    url: str = ""
    asked: int = 0
    tokens: int = 0
    most_at_once: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    _now: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (
                        int(line[15:])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                await reader.readexactly(length)
                if not await self._answer(b"/token " in head, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client hung up, which several tests are about
        finally:
            writer.close()

    async def _answer(self, is_token: bool, writer: asyncio.StreamWriter) -> bool:
        if is_token:
            self.tokens += 1
            writer.write(
                http(200, json.dumps({"access_token": "ya29.x", "expires_in": 3600}).encode())
            )
            await writer.drain()
            return True
        self.asked += 1
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self.says is None:
                await asyncio.wait_for(self.released.wait(), 30)
            writer.write(self.says or b"")
            await writer.drain()
            return bool(self.says)
        finally:
            self._now -= 1


def http(status: int, body: bytes, *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def answer() -> Callable[..., bytes]:
    """Write an HTTP answer: `answer(status, body, *header lines)`."""
    return http


@pytest.fixture
async def stubborn(
    tmp_path: Path,
) -> AsyncIterator[Callable[..., Awaitable[tuple[Stubborn, FcmSettings]]]]:
    """Start a stubborn server: `await stubborn(says, **fcm settings)` → it and how to reach it."""
    made: list[tuple[asyncio.Server, Stubborn]] = []

    async def start(says: bytes | None, **changes: Any) -> tuple[Stubborn, FcmSettings]:
        odd = Stubborn(says)
        server = await asyncio.start_server(odd.serve, "127.0.0.1", 0)
        made.append((server, odd))
        odd.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        file = await asyncio.to_thread(
            write_service_account, tmp_path / f"odd-{len(made)}", odd.url
        )
        return odd, FcmSettings(**({"url": odd.url, "service_account_file": file} | changes))

    yield start
    for server, odd in made:
        odd.released.set()
        server.close()
        await server.wait_closed()


@pytest.fixture
def unused_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
