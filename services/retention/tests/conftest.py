"""retention on a real PostgreSQL and on SQLite, by its own migrations; only identity answers from
memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from retention_house import House

import retention
from common.db import Database, migrate
from common.testing import services
from common.testing.tokens import make_keys
from retention.app import create_app
from retention.config import Settings
from retention.store.models import METADATA

MIGRATIONS = Path(retention.__file__).parent / "migrations"


@pytest.fixture(scope="session", params=["postgresql", "sqlite"])
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('retention')}/retention.db"
        migrate.upgrade(url, MIGRATIONS, METADATA)
        yield url
        return
    server: services.PostgresServer = request.getfixturevalue("postgres_server")
    url = services.create_database(server.url, "retention_tests")
    migrate.upgrade(url, MIGRATIONS, METADATA)
    yield url
    services.drop_database(server.url, "retention_tests")


@pytest.fixture(scope="session")
def house(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    keys_dir = make_keys(tmp_path_factory.mktemp("retention") / "keys")
    settings = Settings.load(database_url=database_url, bus_url="memory://", keys_dir=keys_dir)
    database = Database.connect(database_url)
    yield House(settings, database, create_app(settings, database=database))
    database.dispose()
