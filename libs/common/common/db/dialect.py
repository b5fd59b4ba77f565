"""The only place where PostgreSQL and SQLite differ; at most six functions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import psycopg2
from sqlalchemy import JSON, Engine, Table, Text, bindparam, cast, column, create_engine, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session


class FairLock:
    """A first-come, first-served lock. SQLite's own busy wait is unfair: p99 of a write 1.0–1.5 s with it, 118 ms behind this."""

    def __init__(self) -> None:
        self._waiting: deque[threading.Event] = deque()
        self._guard = threading.Lock()
        self._held = False

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


_writer_locks: dict[str, FairLock] = {}
_writer_locks_guard = threading.Lock()


def connect(url: str, *, pool_size: int) -> Engine:
    """Return an engine for either database.

    PostgreSQL: UTC sessions. SQLite: WAL, foreign keys, BEGIN IMMEDIATE behind a fair writer lock per file for sessions that write
    (a deferred BEGIN loses updates or fails with "database is locked"), plain BEGIN for those opened read-only.
    """
    if make_url(url).get_backend_name() == "postgresql":
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            json_serializer=_json_text,
            json_deserializer=orjson.loads,
            connect_args={"connect_timeout": 5, "options": "-c timezone=UTC"},
        )
        event.listen(engine, "connect", _read_uuids_quickly)
        return engine
    engine = create_engine(url, pool_size=20, max_overflow=20, connect_args={"timeout": 10, "check_same_thread": False})
    with _writer_locks_guard:
        lock = _writer_locks.setdefault(str(make_url(url).database), FairLock())
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, lock))
    event.listen(engine, "commit", lambda connection: _release_writer(connection, lock))
    event.listen(engine, "rollback", lambda connection: _release_writer(connection, lock))
    return engine


def _json_text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


@lru_cache(16384)  # more than the ids of a flight of 2,000 deliveries: settling finds those that claiming read
def _uuid(text: str) -> UUID:
    """Return the UUID of a text: schools, messages and batches come again in row after row (1.5 µs each if made anew)."""
    return UUID(text)


_UUIDS = psycopg2.extensions.new_type((2950,), "UUID", lambda text, _cursor: None if text is None else _uuid(text))


def _read_uuids_quickly(connection: Any, _record: Any) -> None:
    psycopg2.extensions.register_type(_UUIDS, connection)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # or the driver opens late transactions of its own
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection, lock: FairLock) -> None:
    if connection.get_execution_options().get("read_only"):
        connection.exec_driver_sql("BEGIN")
        return
    lock.acquire()
    connection.info["writer"] = True
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        _release_writer(connection, lock)
        raise


def _release_writer(connection: Connection, lock: FairLock) -> None:
    if connection.info.pop("writer", False):
        lock.release()


def insert(session: Session, table: Table) -> Any:
    """Return an INSERT that knows ON CONFLICT, for the database at hand."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return make(table)


def insert_new(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], *returning: Any, instead: Callable[[Any], Any] | None = None
) -> list[Any]:
    """Insert the rows whose keys are not there yet, in statements of 500; return `returning` of those that went in.

    Rows name the same columns. `instead` gives the INSERT another ON CONFLICT than DO NOTHING. 500 rows of 17 columns on two
    cores, CPU a row here: written into `values()` 270 µs (each statement is compiled anew), as parameters 60 µs, as one JSON
    parameter that PostgreSQL takes apart 10 µs.
    """
    inserted: list[Any] = []
    is_postgres = session.get_bind().dialect.name == "postgresql"
    for start in range(0, len(rows), 500):
        some = list(rows[start : start + 500])
        statement = insert(session, table)
        statement = instead(statement) if instead else statement.on_conflict_do_nothing()
        statement = statement.returning(*returning) if returning else statement
        if is_postgres:
            columns = [column(name, table.c[name].type) for name in some[0]]
            recordset = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON)).table_valued(*columns, name="new")
            statement = statement.from_select(list(some[0]), select(*recordset.render_derived(with_types=True).c))
            result = session.execute(statement, {"rows": orjson.dumps(some, default=_as_bytea).decode()})
        else:
            result = session.execute(statement, some)
        if returning:
            inserted += result.all()
    return inserted


def _as_bytea(value: Any) -> str:
    """Return what PostgreSQL reads back as the same bytes; uuid and timestamptz are known to orjson."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"a {type(value).__name__} has no place in a row")


def wake_listeners(session: Session, channel: str) -> None:
    """Tell whoever waits for `channel` that this transaction has left work, at its commit (PostgreSQL: NOTIFY)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f'NOTIFY "{channel}"'))


def open_listener(engine: Engine, channel: str) -> Any:
    """Return a driver's connection that listens to `channel` (its socket becomes readable); None on SQLite, which has no NOTIFY.

    Raises psycopg2.OperationalError. The caller polls it and closes it.
    """
    if engine.dialect.name != "postgresql":
        return None
    connection = psycopg2.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False), connect_timeout=5)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'LISTEN "{channel}"')
    return connection


def try_advisory_lock(connection: Connection, name: str) -> bool:
    """Return whether this connection now is the one that holds `name`, until it closes. SQLite has one process: always."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": name}))
