"""A pool keeps the connections that it has opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from common.db import Database

POOL_SIZE = 2


@pytest.fixture
def database(make_database: Callable[[str], str]) -> Iterator[Database]:
    database = Database.connect(make_database("pool"), pool_size=POOL_SIZE)
    yield database
    database.dispose()


def backends(database: Database, count: int) -> set[int]:
    """Return which processes of PostgreSQL serve so many sessions at once."""
    with ExitStack() as open_at_once:
        sessions = [
            open_at_once.enter_context(database.for_system(read_only=True)) for _ in range(count)
        ]
        return {session.scalar(text("SELECT pg_backend_pid()")) for session in sessions}


def test_a_crowd_that_comes_again_opens_no_connection_again(database: Database) -> None:
    crowd = 2 * POOL_SIZE
    first = backends(database, crowd)
    assert len(first) == crowd
    assert backends(database, crowd) == first
