"""The house on PostgreSQL and on SQLite, by its own migration, between neighbours that answer over
HTTP.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from town_fcm import Town

import dispatch_push
from common.bus import Handler
from common.db import Database
from common.delivery.flight import Flight
from common.testing.dispatch import ClaimRows, Neighbours, claim_all, connected, migrated
from common.testing.dispatch import answered as answered
from common.testing.dispatch import hear as hear
from common.testing.dispatch import neighbours as neighbours
from common.testing.dispatch import publish as publish
from common.testing.dispatch import request_page as request_page
from common.testing.dispatch import said as said
from common.testing.dispatch import states as states
from common.testing.dispatch import transport as transport
from common.testing.tokens import make_keys
from dispatch_push.actions.hand_over import Doors, PushChannel
from dispatch_push.app import create_app
from dispatch_push.clients import Clients
from dispatch_push.config import Settings
from dispatch_push.store.models import METADATA, TABLES
from dispatch_push.worker import handlers_of

MIGRATIONS = Path(dispatch_push.__file__).parent / "migrations"


@pytest.fixture(scope="session", params=["postgresql", "sqlite"])
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with migrated(
        request, tmp_path_factory.mktemp("database"), "dispatch_push", MIGRATIONS, METADATA
    ) as url:
        yield url


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
    with connected(settings.own_database_url, METADATA) as database:
        yield database


@pytest.fixture
def clients(settings: Settings, neighbours: Neighbours) -> Clients:
    return Clients.of(settings)


@pytest.fixture
def handlers(settings: Settings, clients: Clients, database: Database) -> dict[str, Handler]:
    return handlers_of(settings, clients, Flight(), database)


@pytest.fixture
def app(settings: Settings, database: Database, neighbours: Neighbours) -> Flask:
    return create_app(settings, database=database)


@pytest.fixture
def claim(database: Database) -> ClaimRows:
    return partial(claim_all, database, TABLES.deliveries)


@pytest.fixture
async def channel(settings: Settings, clients: Clients, town: Town) -> AsyncIterator[PushChannel]:
    made = PushChannel(clients, Doors(town.settings(), town.web()), settings.base_url)
    yield made
    await made.close()
