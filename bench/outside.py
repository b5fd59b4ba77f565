"""LINE and FCM outside: the town's own checks and answers behind the thinnest HTTP that serves.

It is the same for us and for the rival. The town's page (Flask, waitress, a SQLite transaction for
each request) would be slower than either side, as a real LINE or Google is not; here, as in
smtp-sink, everything is checked and counted, and nothing is kept. `python -m bench.outside PORT
FOLDER`.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import uvloop

from bench import ROOT
from bench.letters import LINE_TOKEN
from bench.waiting import wait_until
from common.testing.processes import become, free_port
from suite.town.fcm import Fcm
from suite.town.line import LineTown, Request
from suite.town.phones import NewNotification, Phones
from suite.town.service_account import FILE_NAME, write_service_account
from suite.town.talks import Channel, Taken, Talks

JSON = "application/json"


class CountedPhones(Phones):
    """Phones that keep nothing."""

    def __init__(self) -> None:
        self.arrived = 0

    def store(self, new: NewNotification) -> int:
        self.arrived += 1
        return self.arrived


class CountedTalks(Talks):
    """Talks of one account that keep nothing but which requests were taken."""

    def __init__(self) -> None:
        self.arrived = 0
        self._account = Channel("bench", LINE_TOKEN, "bench-line-secret", "http://127.0.0.1:9/")
        self._taken: dict[str, str] = {}

    def find_channel(self, *, token: str = "", name: str = "") -> Channel | None:
        return self._account if token == LINE_TOKEN else None

    def find_taken(self, channel: str, retry_key: str) -> str | None:
        return self._taken.get(retry_key)

    def take(
        self,
        channel: str,
        kind: str,
        users: Sequence[str],
        bodies: Sequence[dict[str, Any]],
        retry_key: str = "",
    ) -> Taken:
        self.arrived += len(dict.fromkeys(users))
        request_id = str(uuid4())
        if retry_key:
            self._taken[retry_key] = request_id
        return Taken(request_id, False)


class Town:
    """What answers."""

    def __init__(self, folder: Path) -> None:
        self.phones, self.talks = CountedPhones(), CountedTalks()
        self.fcm = Fcm(self.phones, folder / FILE_NAME)
        self.line = LineTown(folder / "bench-line.db")
        self.line.talks = self.talks

    def answer(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, Any] | str, Mapping[str, str]]:
        """Return status, body and headers of the answer to a request."""
        authorization = headers.get("authorization", "")
        said: Any
        if path.endswith("/messages:send"):
            said = self.fcm.send(path.split("/")[-2], authorization, body)
        elif path.startswith("/line/v2/bot/message/"):
            send = {"multicast": self.line.multicast, "push": self.line.push}[
                path.rpartition("/")[2]
            ]
            token = authorization.removeprefix("Bearer ")
            said = send(Request(token, body, headers.get("x-line-retry-key")))
        elif path == "/fcm/token":
            said = self.fcm.grant(dict(parse_qsl(body.decode())))
        else:
            return 200, {"line": self.talks.arrived, "push": self.phones.arrived}, {}
        return said.status, said.body, said.headers


class Door(asyncio.Protocol):
    """One kept connection of HTTP/1.1.

    Requests name their length, as all of ours and of the sdks do.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is not derived from it

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._unread[:end].decode("latin-1").split("\r\n")
            headers = {}
            for line in lines:
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            begin = end + 4
            whole = begin + int(headers.get("content-length", "0"))
            if len(self._unread) < whole:
                return
            body = self._unread[begin:whole]
            self._unread = self._unread[whole:]
            path = first.split(" ")[1]
            self._say(*self._town.answer(path, headers, body))

    def _say(self, status: int, body: dict[str, Any] | str, headers: Mapping[str, str]) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"HTTP/1.1 {status} .\r\n"
            f"Content-Type: {JSON}\r\n"
            f"Content-Length: {len(text.encode())}\r\n"
            f"{more}\r\n"
        )
        self._transport.write((head + text).encode())


@dataclass(frozen=True, slots=True)
class Outside:
    """Where LINE and FCM answer, and the file of the account that FCM knows."""

    url: str
    service_account: Path

    @property
    def variables(self) -> dict[str, str]:
        """Return what the dispatchers are told."""
        return {
            "RENRAKU_LINE_API_URL": f"{self.url}/line",
            "RENRAKU_FCM_URL": f"{self.url}/fcm",
            "RENRAKU_FCM_SERVICE_ACCOUNT_FILE": str(self.service_account),
        }

    def arrived(self, channel: str) -> int:
        """Return how many messages it has taken on LINE ("line") or FCM ("push")."""
        return int(httpx.get(f"{self.url}/counts.json").json()[channel])


@contextmanager
def running_outside(folder: Path) -> Iterator[Outside]:
    """Yield LINE and FCM on 127.0.0.1, in a process that ends with the block, or with us."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    outside = Outside(url, write_service_account(folder, f"{url}/fcm"))
    command = [
        *become(None, signal.SIGKILL),
        sys.executable,
        "-m",
        "bench.outside",
        str(port),
        str(folder),
    ]
    with (folder / "outside.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=log, start_new_session=True
        )
    try:
        wait_until(lambda: _answers(outside), 20, "LINE and FCM")
        yield outside
    finally:
        process.kill()
        process.wait()


def _answers(outside: Outside) -> bool:
    try:
        return outside.arrived("line") >= 0
    except httpx.TransportError:
        return False


async def _serve(port: int, folder: Path) -> None:
    town = Town(folder)
    server = await asyncio.get_running_loop().create_server(lambda: Door(town), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
