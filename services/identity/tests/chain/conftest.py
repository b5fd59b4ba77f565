"""A school with a log of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from log_book import Book, add_bare_school

import identity
from common import keys
from common.db import Database, migrate
from common.houses import SIGNERS
from common.keys import Keys
from identity.config import Settings
from identity.store.models import METADATA

MIGRATIONS = Path(identity.__file__).parent / "migrations"
CODE = "123456789"


@pytest.fixture
def make_book(
    make_school: Callable[[], Any], database: Database, settings: Settings
) -> Callable[[], Book]:
    """Yield `make_book()`: the empty log of a new school."""

    def make() -> Book:
        school = make_school()
        return Book(database, Keys(settings.keys_dir, "identity"), school.id, school.code)

    return make


@pytest.fixture
def book(make_book: Callable[[], Book]) -> Book:
    return make_book()


@pytest.fixture
def own_book(tmp_path: Path) -> Iterator[Book]:
    """Give a log in an installation of its own, whose keys may be replaced."""
    keys.initialise(tmp_path / "keys", SIGNERS)
    url = f"sqlite:///{tmp_path}/identity.db"
    migrate.upgrade(url, MIGRATIONS, METADATA)
    database = Database.connect(url)
    school_id = add_bare_school(database, CODE)
    yield Book(database, Keys(tmp_path / "keys", "identity"), school_id, CODE)
    database.dispose()
