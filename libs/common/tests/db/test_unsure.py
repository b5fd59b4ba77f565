"""A commit whose answer is lost may be done: nobody is told that nothing was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text

from common.db import Database
from common.db.database import DatabaseAway


@pytest.fixture
def database(make_database: Callable[[str], str]) -> Iterator[Database]:
    database = Database.connect(make_database("unsure"))
    yield database
    database.dispose()


def end_session_of(database: Database, connection: Any) -> None:
    """End a connection from PostgreSQL's side, as a restart does."""
    pid = connection.connection.driver_connection.info.backend_pid
    with database.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def end_at_commit(database: Database, statement: str, *, read_only: bool = False) -> None:
    with database.for_system(read_only=read_only) as session:
        session.execute(text(statement))
        event.listen(
            session,
            "before_commit",
            lambda _session: end_session_of(database, session.connection()),
        )


def end_before_commit(database: Database) -> None:
    with database.for_system() as session:
        end_session_of(database, session.connection())
        session.execute(text("SELECT 1"))


def test_what_fails_at_the_commit_is_told_as_perhaps_done(database: Database) -> None:
    with pytest.raises(DatabaseAway, match="Perhaps it is done"):
        end_at_commit(database, "CREATE TABLE owls (id integer)")


def test_what_fails_before_the_commit_has_changed_nothing(database: Database) -> None:
    with pytest.raises(DatabaseAway, match="Nothing was changed"):
        end_before_commit(database)


def test_what_was_only_read_has_changed_nothing(database: Database) -> None:
    with pytest.raises(DatabaseAway, match="Nothing was changed"):
        end_at_commit(database, "SELECT 1", read_only=True)


def test_a_primary_that_became_a_standby_is_away_and_is_looked_for_anew(database: Database) -> None:
    """Its connections stay open and refuse each write.

    A loop that took that for a bug of ours ended for good.
    """
    name = database.engine.url.database
    with database.for_system() as session:
        session.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    database.engine.dispose()
    with pytest.raises(DatabaseAway, match="Nothing was changed"), database.for_system() as session:
        session.execute(text("CREATE TABLE owls (id integer)"))
    with database.for_system(read_only=True) as session:
        session.connection().exec_driver_sql("SET transaction_read_only = off")
        session.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))
    database.engine.dispose()
    with database.for_system() as session:
        session.execute(text("CREATE TABLE owls (id integer)"))
