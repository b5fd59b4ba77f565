"""Whom nothing reaches is found by the database, and is what looking at every child one by one
finds (DLV-4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

import directory.app
from common.crypto import SchoolKey
from common.db import Database, migrate
from common.testing.tokens import bearer, make_keys, service_token
from directory.actions.reachability import list_unreachable_pupils
from directory.actions.snapshots import EVERY_WAY, People, gather_people, list_unreachable
from directory.clients import Clients
from directory.config import Settings
from directory.domain.audience import Audience
from directory.domain.scope import Actor
from directory.store import groups
from directory.store.models import METADATA
from suite.demo.roster import demo_roster
from suite.loading import roster_body

MIGRATIONS = Path(directory.app.__file__).parent / "migrations"
SCHOOL = uuid4()


class OneKey:
    """The key of the only school there is."""

    def get(self, school_id: Any) -> SchoolKey:
        return SchoolKey(school_id, b"k" * 32)


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The directory's database with the demo school in it."""
    url = f"sqlite:///{tmp_path}/directory.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("make_database")("demo_unreachable")
    migrate.upgrade(url, MIGRATIONS, METADATA)
    database = Database.connect(url)
    keys = make_keys(tmp_path)
    settings = Settings(database_url=url, bus_url="memory://", keys_dir=keys)
    identity = Clients.of(settings)
    clients = replace(identity, school_keys=OneKey(), member_limit=lambda _: 600)
    app = directory.app.create_app(settings, database=database, clients=clients)
    headers = bearer(service_token(keys, "operator", "directory", SCHOOL))
    assert (
        app.test_client()
        .post("/rosters", json=roster_body(demo_roster()), headers=headers)
        .status_code
        == 201
    )
    yield database
    database.dispose()


def test_the_database_finds_whom_looking_at_every_child_finds(database: Database) -> None:
    actor = Actor(SCHOOL, "staff", uuid4())
    rows_read: list[int] = []
    with database.for_school(SCHOOL, read_only=True) as session:
        tree = groups.load_tree(session, SCHOOL)
        everybody = gather_people(session, SCHOOL, tree, Audience(tuple(tree.nodes)))
        pupils = People(
            [m for m in everybody.members if not m.is_staff],
            everybody.memberships,
            everybody.points,
        )
        one_by_one = list_unreachable(pupils, EVERY_WAY)
        assert len(one_by_one) == 9
        assert len({each["reason"] for each in one_by_one}) > 1
        sa.event.listen(
            session.get_bind(),
            "after_cursor_execute",
            lambda *seen: rows_read.append(seen[1].rowcount),
        )
        assert list_unreachable_pupils(session, actor) == one_by_one
    assert rows_read
    assert sum(rows_read) < len(pupils.members), (
        "the home page asks often: not every child is read (SQLite doesn't count)"
    )
