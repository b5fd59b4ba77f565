"""The house on PostgreSQL and on SQLite, by its own migration, between neighbours that answer over HTTP."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from flask import Flask

import dispatch_push
from common.crypto import Place, SchoolKey
from common.db import Database, migrate
from common.keys import Keys, TokenRefused
from common.testing import services
from common.testing.tokens import make_keys
from common.web import client
from dispatch_push.app import create_app
from dispatch_push.config import Settings
from dispatch_push.store.models import METADATA

MIGRATIONS = Path(dispatch_push.__file__).parent / "migrations"
SCHOOL = {
    "name": "みなも市立つばめ野小学校",
    "short_name": "つばめ野小",
    "phone": "03-0000-0000",
    "phone_hours": "8:00〜17:00",
    "mail_local": "tsubameno",
}


@dataclass
class Neighbours(httpx.BaseTransport):
    """identity, directory and messaging as this house sees them over HTTP: one school, its families and its messages.

    Answers only a caller whose token names the house that is asked. `away`: houses that can't be reached. `hidden`: messages that
    staff do not get to see.
    """

    keys_dir: Path
    school_id: UUID = field(default_factory=uuid4)
    key: SchoolKey = field(init=False)
    link_key: bytes = b"link key of one message, 32 byte"
    points: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    hidden: set[UUID] = field(default_factory=set)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = SchoolKey(self.school_id, os.urandom(32))

    def add_family(self, token: str, *, staff: bool = False) -> tuple[UUID, list[UUID]]:
        """Add a contact point; return its child with the guardian (a member of staff: none)."""
        child, owner, point = uuid4(), uuid4(), uuid4()
        sealed = self.key.encrypt(token, Place("contact_points", "address", point))
        self.points.append(
            {
                "contact_point_id": str(point),
                "guardian_id": None if staff else str(owner),
                "owner_member_id": str(child) if staff else None,
                "address": base64.b64encode(sealed).decode(),
                "state": "active",
            }
        )
        return child, [] if staff else [owner]

    def add_message(self, **changes: Any) -> UUID:
        message_id = uuid4()
        self.contents[message_id] = {
            "message_id": str(message_id),
            "school": SCHOOL,
            "kind": "notice",
            "lane": "normal",
            "mark": None,
            "subject": "運動会の順延について",
            "body": "雨天のため、運動会を順延します。",
            "short_text": "",
            "addressing": "4年2組",
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
        unseen = claims.get("kind") == "staff" and any(str(message_id) in path for message_id in self.hidden)
        if claims.get("school") != str(self.school_id) or unseen:
            return _refusal(404, "not_found")
        body = json.loads(request.content) if request.content else {}
        self.asked.append((service, path, body))
        return self._answer(service, path, body)

    def _answer(self, service: str, path: str, body: dict[str, Any]) -> httpx.Response:
        match service, path.strip("/").split("/"):
            case "identity", ["keys", _]:
                return httpx.Response(200, json={"material": base64.b64encode(self.key.material).decode(), "version": 1})
            case "directory", ["contact-points", "look-up"]:
                owners = {owner for m in body["members"] for owner in (*m["guardian_ids"], m["member_id"])}
                items = [p for p in self.points if {p["guardian_id"], p["owner_member_id"]} & owners]
                return httpx.Response(200, json={"items": items})
            case "messaging", ["messages", message_id, "content"] if UUID(message_id) in self.contents:
                return httpx.Response(200, json=self.contents[UUID(message_id)])
        return _refusal(404, "not_found")


def _refusal(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "No.", "fields": {}}})


@pytest.fixture(scope="session", params=["postgresql", "sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('dispatch-push')}/dispatch-push.db"
        migrate.upgrade(url, MIGRATIONS, METADATA)
        yield url
        return
    server: services.PostgresServer = request.getfixturevalue("postgres_server")
    url = services.create_database(server.url, "dispatch_push_tests")
    migrate.upgrade(url, MIGRATIONS, METADATA)
    yield url
    services.drop_database(server.url, "dispatch_push_tests")


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    keys = make_keys(tmp_path_factory.mktemp("dispatch-push") / "keys")
    return Settings.load(
        database_url=database_url,
        bus_url="memory://",
        keys_dir=keys,
        service_url="http://{service}",
        base_url="https://renraku.minamo.example",
        fcm_url="http://127.0.0.1:1",  # nobody is there: a test that sends names the town's
        fcm_service_account_file=keys / "none.json",
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database.connect(settings.own_database_url)
    yield database
    with database.for_system() as session:
        for table in METADATA.sorted_tables:
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
def app(settings: Settings, database: Database, neighbours: Neighbours) -> Flask:
    return create_app(settings, database=database)
