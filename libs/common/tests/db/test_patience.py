"""No statement, no lock and no silence lasts for ever, on either side of a connection.

And it is told in words.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from common import clock, pulse
from common.db import Database
from common.db.connect import Patience
from common.db.database import DatabaseAway, StatementGivenUp
from common.db.listen import open_listener
from common.testing.mute import way_to

SHORT = Patience(statement_seconds=0.5, lock_seconds=0.2, idle_seconds=0.3)


@pytest.fixture
def database(make_database: Callable[[str], str]) -> Iterator[Database]:
    database = Database.connect(make_database("patience"), patience=SHORT)
    with database.for_system() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS owls (id integer)"))
    yield database
    database.dispose()


def watched(connection: Any) -> dict[str, int]:
    """Return what the kernel was told about a connection's socket."""
    with socket.socket(fileno=os.dup(connection.fileno())) as ours:
        tcp = socket.IPPROTO_TCP
        return {
            "kept alive": ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            "idle": ours.getsockopt(tcp, socket.TCP_KEEPIDLE),
            "interval": ours.getsockopt(tcp, socket.TCP_KEEPINTVL),
            "count": ours.getsockopt(tcp, socket.TCP_KEEPCNT),
            "user timeout": ours.getsockopt(tcp, socket.TCP_USER_TIMEOUT),
        }


VIGILANT = {"kept alive": 1, "idle": 10, "interval": 5, "count": 3, "user timeout": 20_000}


def test_a_host_that_vanishes_is_noticed_within_half_a_minute_on_every_connection(
    database: Database,
) -> None:
    connection = database.engine.raw_connection()
    assert watched(connection.driver_connection) == VIGILANT
    connection.close()


def test_the_listener_notices_it_too(database: Database) -> None:
    listener = open_listener(database.engine, ["owls"])
    assert watched(listener) == VIGILANT
    listener.close()


def test_a_statement_that_takes_too_long_is_given_up_in_words(database: Database) -> None:
    with pytest.raises(StatementGivenUp), database.for_system() as session:
        session.execute(text("SELECT pg_sleep(30)"))


def test_a_lock_that_somebody_keeps_is_given_up_in_words(database: Database) -> None:
    with database.engine.connect() as other:
        other.execute(text("LOCK TABLE owls"))
        with pytest.raises(StatementGivenUp), database.for_system() as session:
            session.execute(text("SELECT id FROM owls"))


def test_a_transaction_that_says_nothing_keeps_its_locks_from_nobody(database: Database) -> None:
    with pytest.raises(DatabaseAway):
        _lock_and_fall_silent(database)


def _lock_and_fall_silent(database: Database) -> None:
    with database.for_system() as session:
        session.execute(text("LOCK TABLE owls"))
        deadline = clock.monotonic() + 20
        while not _is_free(database):
            assert clock.monotonic() < deadline, "the lock is held though its holder says nothing"
        session.execute(text("SELECT 1"))


def _is_free(database: Database) -> bool:
    try:
        with database.for_system() as session:
            session.execute(text("LOCK TABLE owls"))
    except StatementGivenUp:
        return False
    return True


def test_a_server_that_falls_mute_is_felt_after_a_minute(
    make_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job may take five minutes; waiting for a connection's first word may not (hardening 7)."""
    url, monotonic = make_database("mute"), clock.monotonic
    with way_to(url) as way:
        database = Database.connect(way.url(url))
        wait_until(database.is_ready)
        way.fall_mute()
        asking = threading.Thread(target=database.is_ready, daemon=True)
        asking.start()
        monkeypatch.setattr(clock, "monotonic", lambda: monotonic() + pulse.STEP_SECONDS)
        wait_until(lambda: pulse.standing_still() == ["connect"])
        way.speak_again()
        asking.join(10)
    assert not asking.is_alive()
    database.dispose()


def wait_until(fact: Callable[[], object]) -> None:
    deadline = clock.monotonic() + pulse.STEP_SECONDS + 10
    while not fact():
        assert clock.monotonic() < deadline
        threading.Event().wait(0.05)
