"""The house on PostgreSQL and on SQLite, by its own migration, between neighbours that answer over HTTP, and the town's LINE."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from flask import Flask
from werkzeug.serving import make_server

import dispatch_line
from common.crypto import Place, SchoolKey
from common.db import Database, migrate
from common.keys import Keys, TokenRefused
from common.testing import services
from common.testing.tokens import make_keys
from common.web import client
from dispatch_line.app import create_app
from dispatch_line.config import Settings
from dispatch_line.store.models import METADATA, TABLES
from suite.town.control import RelayControl
from suite.town.line import LineTown
from suite.town.mailboxes import Mailboxes
from suite.town.pages import create_town_app
from suite.town.talks import Channel

MIGRATIONS = Path(dispatch_line.__file__).parent / "migrations"
DELIVERIES = TABLES.deliveries
SCHOOL = {"name": "みなも市立つばめ野小学校", "short_name": "つばめ野小", "phone": "", "phone_hours": "", "mail_local": "tsubameno"}
TOKEN, SECRET = "token of the school's account", "secret of the school's account"


def user(prefix: str = "Uaaaa") -> str:
    """Return a new LINE user id that begins like this."""
    return (prefix + uuid4().hex + "0" * 8)[:33]


@dataclass
class Neighbours(httpx.BaseTransport):
    """identity, directory and messaging as this house sees them over HTTP: one school, its families and its messages.

    Answers only a caller whose token names the house that is asked. `away`: houses that can't be reached.
    """

    keys_dir: Path
    school_id: UUID = field(default_factory=uuid4)
    key: SchoolKey = field(init=False)
    link_key: bytes = b"link key of one message, 32 byte"
    points: list[dict[str, Any]] = field(default_factory=list)
    children: dict[UUID, list[UUID]] = field(default_factory=dict)  # child → guardians
    contents: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    confirmed: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = SchoolKey(self.school_id, os.urandom(32))

    def add_family(self, address: str, *, children: int = 1, staff: bool = False) -> list[tuple[UUID, list[UUID]]]:
        """Add a contact point; return its children with their guardian (a member of staff: none)."""
        owner, point = uuid4(), uuid4()
        members = [owner] if staff else [uuid4() for _ in range(children)]
        sealed = self.key.encrypt(address, Place("contact_points", "address", point))
        self.points.append(
            {
                "contact_point_id": str(point),
                "guardian_id": None if staff else str(owner),
                "owner_member_id": str(owner) if staff else None,
                "address": base64.b64encode(sealed).decode(),
                "state": "active",
                "health": None,
                "plain": address,
            }
        )
        guardians = [] if staff else [owner]
        self.children |= dict.fromkeys(members, guardians)
        return [(child, guardians) for child in members]

    def add_message(self, **changes: Any) -> UUID:
        message_id = uuid4()
        self.contents[message_id] = {
            "message_id": str(message_id),
            "school": SCHOOL,
            "kind": "notice",
            "lane": "normal",
            "mark": None,
            "subject": "本日は臨時休業です",
            "body": "午前6時現在、暴風警報が出ているため、きょうは学校をお休みにします。",
            "short_text": "",
            "addressing": "全校",
            "attachments": 0,
            "link_key": base64.b64encode(self.link_key).decode(),
            "confirmable": True,
            "released_at": "2026-11-24T06:05:09+00:00",
        } | changes
        return message_id

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        service, path = request.url.host, request.url.path
        if service in self.away:
            raise httpx.ConnectError("away", request=request)
        try:
            claims = Keys(self.keys_dir, service).read_token(request.headers["Authorization"].removeprefix("Bearer "))
        except TokenRefused:
            return _refusal(401, "unauthenticated")
        if claims.get("school") != str(self.school_id):
            return _refusal(404, "not_found")
        body = json.loads(request.content) if request.content else {}
        self.asked.append((service, path))
        return self._answer(service, path, body)

    def _answer(self, service: str, path: str, body: dict[str, Any]) -> httpx.Response:
        match service, path.strip("/").split("/"):
            case "identity", ["keys", _]:
                return httpx.Response(200, json={"material": base64.b64encode(self.key.material).decode(), "version": 1})
            case "directory", ["contact-points", "look-up"]:
                owners = {owner for m in body["members"] for owner in (*m["guardian_ids"], m["member_id"])}
                return httpx.Response(
                    200, json={"items": [p for p in self.points if {p["guardian_id"], p["owner_member_id"]} & owners]}
                )
            case "directory", ["contact-points", "owners"]:
                return httpx.Response(200, json={"items": [p for p in self.points if p["plain"] == body["address"]]})
            case "messaging", ["messages", message_id, "content"] if UUID(message_id) in self.contents:
                return httpx.Response(200, json=self.contents[UUID(message_id)])
            case "messaging", ["messages", message_id, "confirmations"] if UUID(message_id) in self.contents:
                return self._confirm(UUID(message_id), UUID(body["guardian_id"]))
        return _refusal(404, "link_unknown")

    def _confirm(self, message_id: UUID, reader_id: UUID) -> httpx.Response:
        if self.contents[message_id].get("expired"):
            return _refusal(409, "link_expired")
        children = [str(child) for child, guardians in self.children.items() if reader_id in (guardians or [child])]
        moment = self.confirmed.setdefault((message_id, reader_id), "2026-11-23T21:12:40+00:00")
        return httpx.Response(200, json={"confirmed_at": moment, "children": children})


def _refusal(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "No.", "fields": {}}})


@pytest.fixture(scope="session", params=["postgresql", "sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('dispatch-line')}/dispatch-line.db"
        migrate.upgrade(url, MIGRATIONS, METADATA)
        yield url
        return
    server: services.PostgresServer = request.getfixturevalue("postgres_server")
    url = services.create_database(server.url, "dispatch_line_tests")
    migrate.upgrade(url, MIGRATIONS, METADATA)
    yield url
    services.drop_database(server.url, "dispatch_line_tests")


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_keys(tmp_path_factory.mktemp("dispatch-line") / "keys")


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on a real socket for the length of a block; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def line(tmp_path: Path) -> LineTown:
    """Return the town's LINE with the school's account; it is silent for longer than the house waits."""
    town = LineTown(tmp_path / "line.db", slow_seconds=5.0)
    town.talks.put_channel(Channel("みなも市学校連絡", TOKEN, SECRET, "http://127.0.0.1:9/webhooks/none"))
    return town


@pytest.fixture
def line_url(line: LineTown, tmp_path: Path) -> Iterator[str]:
    mailboxes = Mailboxes(tmp_path / "town.db")
    with serving(create_town_app(mailboxes, RelayControl(), line=line)) as url:
        yield f"{url}/town/line"
    mailboxes.close()


@pytest.fixture
def settings(database_url: str, keys_dir: Path, line_url: str) -> Settings:
    return Settings.load(
        database_url=database_url,
        bus_url="memory://",
        keys_dir=keys_dir,
        service_url="http://{service}",
        base_url="https://renraku.minamo.example",
        line_api_url=line_url,
        line_timeout_seconds=3.0,
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database.connect(settings.own_database_url)
    yield database
    with database.for_system() as session:
        for table in reversed(METADATA.sorted_tables):
            session.execute(table.delete())
    database.dispose()


@pytest.fixture
def neighbours(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Neighbours:
    """Put the neighbours where this house's clients will find them."""
    made = Neighbours(settings.keys_dir)
    for service in ("identity", "directory", "messaging"):
        monkeypatch.setitem(client.transports, service, made)
    return made


@pytest.fixture
def app(settings: Settings, database: Database) -> Flask:
    return create_app(settings, database=database)


@pytest.fixture
def make_user() -> Callable[..., str]:
    return user


@pytest.fixture
def serve() -> Callable[[Any], Any]:
    return serving
