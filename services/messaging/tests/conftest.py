"""Messaging with real databases and real tokens; only directory and identity, which lie outside the
house, answer from memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from messaging_house import (
    House,
    MakeAudience,
    MakePoint,
    MakePupils,
    Town,
    audience_of,
    point,
    pupils,
)

from common.db import Database
from common.testing import services, tokens
from messaging.app import create_app
from messaging.config import Settings
from messaging.domain.audience import School
from messaging.store.models import METADATA


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tokens.make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def postgres_database(postgres_server: services.PostgresServer) -> Iterator[Database]:
    """Yield one PostgreSQL database for the house; tests keep apart by their schools."""
    database = Database.connect(
        services.create_database(postgres_server.url, "messaging"), pool_size=10
    )
    METADATA.create_all(database.engine)
    yield database
    database.dispose()
    services.drop_database(postgres_server.url, "messaging")


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database.connect(f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/messaging.db")
    METADATA.create_all(database.engine)
    yield database
    database.dispose()


def _open(database: Database, keys_dir: Path, channels: tuple[str, ...] = ("mail",)) -> House:
    settings = Settings(
        database_url="unused", bus_url="unused", keys_dir=keys_dir, channels=channels
    )
    profile = School(
        uuid4(),
        "elementary",
        "みなも市立つばめ野小学校",
        "つばめ野小",
        "0000-00-0000",
        "平日 7:50〜17:00",
        "tsubameno",
        "active",
        30,
        5,
    )
    town = Town(profile)
    return House(
        settings, database, create_app(settings, database=database, clients=town.clients()), town
    )


@pytest.fixture
def house(postgres_database: Database, keys_dir: Path) -> House:
    """Return the house with a school that nobody else uses, on PostgreSQL."""
    return _open(postgres_database, keys_dir)


@pytest.fixture
def three_channels(postgres_database: Database, keys_dir: Path) -> House:
    """Return the house where every dispatcher runs."""
    return _open(postgres_database, keys_dir, ("mail", "line", "push"))


@pytest.fixture(params=["postgresql", "sqlite"])
def any_house(request: pytest.FixtureRequest, keys_dir: Path) -> House:
    """Return the house on each database in turn."""
    name = "postgres_database" if request.param == "postgresql" else "sqlite_database"
    return _open(request.getfixturevalue(name), keys_dir)


@pytest.fixture
def fresh_house(tmp_path: Path, keys_dir: Path) -> Iterator[House]:
    """Yield the house with a database of its own, for a relay that would publish what other tests
    left behind.
    """
    database = Database.connect(f"sqlite:///{tmp_path}/messaging.db")
    METADATA.create_all(database.engine)
    yield _open(database, keys_dir)
    database.dispose()


@pytest.fixture
def make_pupils() -> MakePupils:
    return pupils


@pytest.fixture
def make_audience() -> MakeAudience:
    return audience_of


@pytest.fixture
def make_point() -> MakePoint:
    return point
