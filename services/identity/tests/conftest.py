"""identity on a real PostgreSQL and on SQLite, by its own migrations.

Every test makes schools and people of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import identity
from common.db import Database, migrate
from common.rights import Right
from common.testing import services
from common.testing.tokens import bearer, make_keys, service_token, staff_token
from identity.app import create_app
from identity.config import Settings
from identity.store.models import METADATA

MIGRATIONS = Path(identity.__file__).parent / "migrations"
PASSWORD = "tsukushi mo sakura mo"
BASE_URL = "https://renraku.minamo.example"
OPERATOR_PASSWORD = "minamo no ike ni kamo"
_numbers = itertools.count(1)


@pytest.fixture(scope="session", params=["postgresql", "sqlite"])
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('identity')}/identity.db"
        migrate.upgrade(url, MIGRATIONS, METADATA)
        yield url
        return
    server: services.PostgresServer = request.getfixturevalue("postgres_server")
    url = services.create_database(server.url, "identity_tests")
    migrate.upgrade(url, MIGRATIONS, METADATA)
    yield url
    services.drop_database(server.url, "identity_tests")


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("identity")
    return Settings.load(
        database_url=database_url,
        bus_url="memory://",
        keys_dir=make_keys(folder / "keys"),
        keyring_dir=folder / "keyring",
        base_url=BASE_URL,
        bcrypt_cost=4,
        hashing_waiting=50,
        web_threads=128,
    )


@pytest.fixture(scope="session")
def database(settings: Settings) -> Iterator[Database]:
    database = Database.connect(settings.own_database_url, pool_size=20)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def app(settings: Settings, database: Database) -> Flask:
    return create_app(settings, database=database)


def address_elsewhere() -> str:
    """Return an address of a network from which nobody has tried yet."""
    number = next(_numbers)
    return f"10.{number // 256}.{number % 256}.7"


@dataclass(frozen=True)
class Door:
    """identity's HTTP door as others knock at it: as a service, or as staff of a school."""

    app: Flask
    keys_dir: Path

    def as_service(
        self, name: str, method: str, path: str, *, school_id: UUID | None = None, **request: Any
    ) -> TestResponse:
        token = service_token(self.keys_dir, name, "identity", school_id)
        return self.app.test_client().open(path, method=method, headers=bearer(token), **request)

    def as_staff(
        self,
        school_id: UUID,
        method: str,
        path: str,
        *,
        functions: Any = tuple(Right),
        **request: Any,
    ) -> TestResponse:
        token = staff_token(self.keys_dir, school_id=school_id, functions=functions)
        return self.app.test_client().open(path, method=method, headers=bearer(token), **request)

    def with_token(self, token: str, method: str, path: str, **request: Any) -> TestResponse:
        return self.app.test_client().open(path, method=method, headers=bearer(token), **request)

    def sign_in(self, mail: str, password: str = PASSWORD, **source: str | None) -> TestResponse:
        """Sign in as staff. `source`: address, device; else from a network of its own."""
        body = {"mail": mail, "password": password, **_told(source)}
        return self.as_service("gateway", "POST", "/sessions", json=body)

    def sign_in_operator(
        self, mail: str, code: str, password: str = OPERATOR_PASSWORD, **source: str | None
    ) -> TestResponse:
        body = {"mail": mail, "password": password, "code": code, **_told(source)}
        return self.as_service("gateway", "POST", "/operator-sessions", json=body)

    def resolve_operator(self, session_id: str) -> TestResponse:
        return self.as_service(
            "gateway", "POST", "/operator-sessions/resolve", json={"session_id": session_id}
        )

    def resolve(self, session_id: str, **more: Any) -> TestResponse:
        body = {"session_id": session_id, **more}
        return self.as_service("gateway", "POST", "/sessions/resolve", json=body)


def _told(source: dict[str, str | None]) -> dict[str, str | None]:
    """Return what the gateway says of where a try comes from."""
    address = source.pop("address", None) or address_elsewhere()
    return {"remote_address": address, **source}


@pytest.fixture(scope="session")
def door(app: Flask, settings: Settings) -> Door:
    return Door(app, settings.keys_dir)


@dataclass(frozen=True)
class Tenant:
    """A school with its first administrator."""

    id: UUID
    code: str
    administrator_mail: str
    administrator_id: UUID


@pytest.fixture
def school_body() -> Callable[[], dict[str, Any]]:
    """Yield `school_body()`: what the operator sends to make a school that nobody has made yet."""

    def body() -> dict[str, Any]:
        number = next(_numbers)
        contact = {
            "name": "中野 正",
            "post": "事務",
            "mail": "jimu@town.test",
            "phone": "03-0000-0002",
        }
        return {
            "id": str(uuid4()),
            "code": str(200_000_000 + number),
            "kind": "elementary",
            "name": "みなも市立つばめ野小学校",
            "short_name": "つばめ野小",
            "phone": "03-0000-0000",
            "phone_hours": "8:00〜17:00",
            "mail_local": "tsubameno",
            "member_limit": 400,
            "contract": {"starts_on": "2026-04-01", "contacts": [contact]},
            "administrator": {
                "mail": f"kyoto{number}@town.test",
                "display_name": "山下 明子",
                "post": "教頭",
                "password": PASSWORD,
            },
        }

    return body


@pytest.fixture
def make_school(door: Door, school_body: Callable[[], dict[str, Any]]) -> Callable[[], Tenant]:
    def make() -> Tenant:
        body = school_body()
        made = door.as_service("operator", "POST", "/schools", json=body)
        assert made.status_code == 201, made.json
        school_id = UUID(made.json["id"])
        listed = door.as_service("operator", "GET", "/accounts", school_id=school_id).json["items"]
        return Tenant(school_id, body["code"], body["administrator"]["mail"], UUID(listed[0]["id"]))

    return make


@pytest.fixture
def school(make_school: Callable[[], Tenant]) -> Tenant:
    return make_school()


@pytest.fixture
def add_account(door: Door) -> Callable[..., dict[str, Any]]:
    """Yield `add_account(school, role="sender", …) → {id, staff_role_id, mail}` with the password
    of all tests.
    """

    def add(school: Tenant, **values: Any) -> dict[str, Any]:
        mail = f"staff{next(_numbers)}@town.test"
        body = {
            "mail": mail,
            "display_name": "野口 大輔",
            "role": "sender",
            "password": PASSWORD,
        } | values
        made = door.as_service("operator", "POST", "/accounts", school_id=school.id, json=body)
        assert made.status_code == 201, made.json
        return {**made.json, "mail": body["mail"]}

    return add
