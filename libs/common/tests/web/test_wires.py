"""A request comes to another house as it was made, by a socket and inside a process alike."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from common import clock, keys
from common.testing.processes import free_port
from common.web import client, wires
from common.web.client import ServiceAway, ServiceClient, ServiceSlow

WORKBOOK = ("名簿.xlsx", b"PK\x03\x04 \xff\r\n", "application/vnd.ms-excel")


@dataclass
class House:
    """A house that tells what it was asked. `asked`: how often."""

    app: Flask = field(default_factory=lambda: Flask("house"))
    asked: int = 0

    def __post_init__(self) -> None:
        self.app.add_url_rule("/<path:path>", "echo", self.echo, methods=["GET", "POST"])

    def echo(self, path: str) -> Any:
        self.asked += 1
        files = {
            name: (file.filename, file.read().hex(), file.mimetype)
            for name, file in request.files.items()
        }
        return jsonify(
            method=request.method,
            path=path,
            query=request.query_string.decode(),
            caller=request.headers["Authorization"].partition(" ")[0],
            json=request.get_json(silent=True),
            files=files,
        )


class Porter(socketserver.ThreadingTCPServer):
    """A house that counts those who come in, and shows them out after so many answers.

    `left`: once for each who is out.
    """

    daemon_threads = True

    def __init__(self, answers: int) -> None:
        super().__init__(("127.0.0.1", 0), Guest)
        self.answers = answers
        self.connections = 0
        self.left = threading.Semaphore(0)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.left.release()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Guest(socketserver.StreamRequestHandler):
    server: Porter

    def handle(self) -> None:
        self.server.connections += 1
        for _ in range(self.server.answers):
            if not self._is_asked():
                return
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def _is_asked(self) -> bool:
        line = self.rfile.readline()
        while line.strip():
            line = self.rfile.readline()
        return bool(line)


@contextmanager
def serving(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def served(house: House) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, house.app, request_handler=Silent)
    with serving(server):
        yield f"http://127.0.0.1:{server.port}"


class Silent(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def client_of(tmp_path: Path) -> Callable[[str], ServiceClient]:
    keys.initialise(tmp_path, ("gateway",))
    return lambda url: ServiceClient("directory", url, keys.Keys(tmp_path, "gateway"))


@pytest.fixture(params=["socket", "inside"])
def directory(
    request: pytest.FixtureRequest,
    house: House,
    client_of: Callable[[str], ServiceClient],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ServiceClient]:
    with served(house) as url:
        if request.param == "inside":
            monkeypatch.setitem(client.transports, "directory", httpx.WSGITransport(house.app))
        found = client_of(url)
        yield found
        found.close()


def test_path_query_and_body_arrive_as_they_were_given(directory: ServiceClient) -> None:
    asked = directory.call(
        "POST",
        "/members/{name}/notes",
        path={"name": "a/b 4-2?"},
        params={"after": "x&y=z", "limit": 100, "all": True},
        json={"text": "運動会"},
    )
    assert asked == {
        "method": "POST",
        "path": "members/a/b 4-2?/notes",
        "query": "after=x%26y%3Dz&limit=100&all=true",
        "caller": "Bearer",
        "json": {"text": "運動会"},
        "files": {},
    }


def test_a_file_arrives_with_its_name_and_type(directory: ServiceClient) -> None:
    asked = directory.call("POST", "/imports", files={"file": WORKBOOK})
    name, content, kind = WORKBOOK
    assert asked["files"] == {"file": [name, content.hex(), kind]}


def test_a_house_below_a_path_is_asked_there(
    house: House, client_of: Callable[[str], ServiceClient]
) -> None:
    with served(house) as url:
        directory = client_of(f"{url}/directory/")
        assert directory.call("GET", "/members")["path"] == "directory/members"
        directory.close()


def test_calls_share_a_connection_until_nobody_has_asked_for_a_while(
    client_of: Callable[[str], ServiceClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept longer may lead to a machine that lost its power and says nothing."""
    porter = Porter(answers=10)
    with serving(porter):
        directory = client_of(porter.url)
        for _ in range(3):
            directory.call("GET", "/members")
        assert porter.connections == 1
        later = clock.monotonic() + wires.IDLE_SECONDS + 1
        monkeypatch.setattr(clock, "monotonic", lambda: later)
        for _ in range(3):
            directory.call("GET", "/members")
        assert porter.connections == 2
        directory.close()


def test_a_connection_that_the_house_has_closed_is_opened_again(
    client_of: Callable[[str], ServiceClient],
) -> None:
    porter = Porter(answers=1)
    with serving(porter):
        directory = client_of(porter.url)
        for calls in range(1, 4):
            assert directory.call("GET", "/members") == {}
            assert porter.connections == calls
            assert porter.left.acquire(timeout=10)
        directory.close()


def test_a_house_that_says_nothing_is_slow_and_one_that_is_not_there_is_away(
    client_of: Callable[[str], ServiceClient],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        directory = client_of(f"http://127.0.0.1:{mute.getsockname()[1]}")
        with pytest.raises(ServiceSlow):
            directory.call("GET", "/members", timeout=0.1)
        directory.close()
    directory = client_of(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ServiceAway):
        directory.call("GET", "/members")
    directory.close()


def test_a_house_that_leads_elsewhere_is_not_followed(
    house: House, client_of: Callable[[str], ServiceClient]
) -> None:
    """The token would go with the request, to whom nobody meant it for."""
    house.app.add_url_rule("/moved", "moved", lambda: ("", 302, {"Location": "/members"}))
    with served(house) as url:
        directory = client_of(url)
        with pytest.raises(client.Misanswered):
            directory.call("GET", "/moved")
        assert house.asked == 0
        directory.close()
