"""The house on PostgreSQL and on SQLite, by its own migration, between neighbours that answer over
HTTP, and the town's LINE.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.serving import make_server

import dispatch_line
from common.db import Database
from common.testing.dispatch import Neighbours, connected, migrated
from common.testing.dispatch import neighbours as neighbours
from common.testing.tokens import make_keys
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
TOKEN, SECRET = "token of the school's account", "secret of the school's account"


def user(prefix: str = "Uaaaa") -> str:
    """Return a new LINE user id that begins like this."""
    return (prefix + uuid4().hex + "0" * 8)[:33]


@pytest.fixture(scope="session", params=["postgresql", "sqlite"])
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with migrated(
        request, tmp_path_factory.mktemp("database"), "dispatch_line", MIGRATIONS, METADATA
    ) as url:
        yield url


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_keys(tmp_path_factory.mktemp("dispatch-line") / "keys")


@contextmanager
def serving(app: Flask) -> Iterator[str]:
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
    """Return the town's LINE with the school's account; it is silent for longer than the house
    waits.
    """
    town = LineTown(tmp_path / "line.db", slow_seconds=5.0)
    town.talks.put_channel(
        Channel("みなも市学校連絡", TOKEN, SECRET, "http://127.0.0.1:9/webhooks/none")
    )
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
    with connected(settings.own_database_url, METADATA) as database:
        yield database


@pytest.fixture
def app(settings: Settings, database: Database, neighbours: Neighbours) -> Flask:
    return create_app(settings, database=database)


@pytest.fixture
def make_user() -> Callable[..., str]:
    return user


@pytest.fixture
def serve() -> Callable[[Any], Any]:
    return serving
