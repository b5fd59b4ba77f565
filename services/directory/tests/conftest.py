"""One PostgreSQL for the house's tests.

Every test is a school of its own, so that isolation is what keeps tests apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from directory_school import FixedAccounts, FixedKeys, FixedSchools, Limits, RosterBuilder, School
from flask import Flask
from registering_family import Office

from common.db import Database
from common.testing import services
from common.testing.tokens import make_keys
from directory.app import create_app
from directory.clients import Clients
from directory.config import Settings
from directory.store.models import METADATA


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def database(postgres_server: services.PostgresServer) -> Iterator[Database]:
    url = services.create_database(postgres_server.url, "directory_doors")
    database = Database.connect(url)
    METADATA.create_all(database.engine)
    yield database
    database.dispose()
    services.drop_database(postgres_server.url, "directory_doors")


@pytest.fixture
def school_keys() -> FixedKeys:
    return FixedKeys()


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def accounts() -> FixedAccounts:
    return FixedAccounts()


@pytest.fixture
def schools() -> FixedSchools:
    return FixedSchools()


@pytest.fixture(scope="session")
def lasting_app(keys_dir: Path, database: Database) -> Flask:
    """The application of all tests: it is a tenth of a second to make, for a thousand of them."""
    settings = Settings(
        database_url="postgresql://unused", bus_url="memory://", keys_dir=keys_dir, bcrypt_cost=4
    )
    nobody = Clients(FixedKeys(), lambda _: None, FixedAccounts(), FixedSchools())
    return create_app(settings, database=database, clients=nobody)


@pytest.fixture
def app(
    lasting_app: Flask,
    school_keys: FixedKeys,
    limits: Limits,
    accounts: FixedAccounts,
    schools: FixedSchools,
) -> Flask:
    """Give the application before the houses of this test."""
    clients = Clients(school_keys, lambda _: limits.limit, accounts, schools)
    lasting_app.extensions["clients"] = clients
    return lasting_app


@pytest.fixture
def empty_school(app: Flask, keys_dir: Path) -> School:
    """Return a school without a roster."""
    return School(app, keys_dir)


@pytest.fixture
def school(empty_school: School) -> School:
    """Return the small school with its roster loaded."""
    empty_school.load()
    return empty_school


@pytest.fixture
def other_school(app: Flask, keys_dir: Path) -> School:
    """Return another small school beside the first."""
    other = School(app, keys_dir)
    other.load()
    return other


@pytest.fixture
def new_roster() -> type[RosterBuilder]:
    """Return what builds rosters."""
    return RosterBuilder


@pytest.fixture
def at(time_machine: Any) -> Callable[[str], None]:
    """Move to a moment of Japan."""

    def move(moment: str) -> None:
        time_machine.move_to(datetime.fromisoformat(f"{moment}+09:00"), tick=False)

    return move


@pytest.fixture
def drafted(school: School, at: Callable[[str], None]) -> School:
    """Return a school in the middle of March 2027, with a draft of its next year."""
    at("2027-03-15T10:00")
    assert school.call("POST", "/year-change").status_code == 204
    return school


@pytest.fixture
def office(school: School, schools: FixedSchools) -> Office:
    """Give the office of a school whose families register."""
    return Office.of(school, schools)
