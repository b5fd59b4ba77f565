"""A school with a log of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from log_book import Book

import identity
from common import clock, keys
from common.db import Database, migrate
from common.houses import SIGNERS
from common.keys import Keys
from identity.config import Settings
from identity.domain.words import SchoolKind, SchoolState
from identity.store.models import METADATA, School

MIGRATIONS = Path(identity.__file__).parent / "migrations"


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
    school = School(
        id=uuid4(),
        code="123456789",
        kind=SchoolKind.ELEMENTARY,
        name="みなも市立つばめ野小学校",
        short_name="つばめ野小",
        phone="",
        phone_hours="",
        mail_local="tsubameno",
        state=SchoolState.ACTIVE,
        created_at=clock.now(),
    )
    school_id = school.id
    with database.for_system() as session:
        session.add(school)
    yield Book(database, Keys(tmp_path / "keys", "identity"), school_id, "123456789")
    database.dispose()
