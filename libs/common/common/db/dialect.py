"""The only place where PostgreSQL and SQLite differ; at most six functions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson
import psycopg2
from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    ColumnElement,
    Engine,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    create_engine,
    event,
    func,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from common.ids import read_id


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


# random_page_cost: what is worked on lies in memory, or on disks that seek for nothing. With PostgreSQL's 4 it read whole tables
# (all contact points of a house, all outcomes) for the 480 rows of a page: 35 µs a delivery, so 10.
_POSTGRES_OPTIONS = "-c timezone=UTC -c random_page_cost=1.1"


def connect(url: str, *, pool_size: int) -> Engine:
    """Return an engine for either database.

    PostgreSQL: UTC sessions that prefer indexes. SQLite: WAL, foreign keys, BEGIN IMMEDIATE behind a fair writer lock per file
    for sessions that write (a deferred BEGIN loses updates or fails with "database is locked"), plain BEGIN for the others.
    """
    if make_url(url).get_backend_name() == "postgresql":
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            json_serializer=_json_text,
            json_deserializer=orjson.loads,
            connect_args={"connect_timeout": 5, "options": _POSTGRES_OPTIONS},
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
    """Return the UUID of a text: schools, messages and batches come again in row after row."""
    return read_id(text)


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


MANY = 50  # rows from which it is worth a savepoint to try first as if none were there: ON CONFLICT costs each a quarter more
Instead = Callable[[Any], Any]  # gives an INSERT another ON CONFLICT than DO NOTHING


def insert_new(
    session: Session,
    table: Table,
    rows: Sequence[dict[str, Any]],
    same: Mapping[str, Any] = MappingProxyType({}),
    instead: Instead | None = None,
) -> int:
    """Insert the rows whose keys are not there yet, in statements of 500; return how many went in (or were changed, by `instead`).

    Rows name the same columns; `same` holds those in which all rows are equal. 500 rows of 17 columns on two cores, CPU a row
    here: written into `values()` 270 µs (each statement is compiled anew), as parameters 60 µs, as one JSON parameter that
    PostgreSQL takes apart 10 µs.
    """
    parts = [rows[start : start + 500] for start in range(0, len(rows), 500)]
    if session.get_bind().dialect.name != "postgresql":
        done = [session.execute(_insert_each(table, instead), [{**row, **same} for row in some]) for some in parts]
        return sum(result.rowcount for result in done)  # type: ignore[attr-defined]
    if not rows:
        return 0
    connection, columns = session.connection(), (tuple(rows[0]), tuple(same))
    if len(rows) >= MANY:
        with suppress(IntegrityError), connection.begin_nested() as savepoint:
            if _insert_parts(connection, _insert_unless_first(table, *columns), parts, same, _key_of(table)) == len(rows):
                return len(rows)
            savepoint.rollback()
    return _insert_parts(connection, _insert_json(table, *columns, instead), parts, same)


def _insert_parts(
    connection: Connection, statement: Any, parts: Sequence[Any], same: Mapping[str, Any], key: Sequence[str] = ()
) -> int:
    """Execute an INSERT for each part, with the `key` of its first row where it asks for one; return how many went in."""
    inserted = 0
    for rows in parts:
        first = {f"first_{name}": {**rows[0], **same}[name] for name in key}
        values = {"rows": orjson.dumps(rows, default=_as_bytea).decode(), **same, **first}
        inserted += connection.execute(statement, values).rowcount
    return inserted


@lru_cache(256)
def _insert_json(table: Table, names: tuple[str, ...], same: tuple[str, ...], instead: Instead | None) -> Any:
    """Return the INSERT from one JSON parameter, made once: making it took 1 ms."""
    return _on_conflict(postgresql.insert(table).from_select([*names, *same], _rows_of_json(table, names, same)), instead)


@lru_cache(256)
def _insert_unless_first(table: Table, names: tuple[str, ...], same: tuple[str, ...]) -> Any:
    """Return the same INSERT without ON CONFLICT. It writes nothing where the first row is there: then most likely all of them are,
    and PostgreSQL would write an error into its log, with the values of all rows."""
    there = [table.c[name] == bindparam(f"first_{name}", type_=table.c[name].type) for name in _key_of(table)]
    rows = _rows_of_json(table, names, same).where(~select(literal_column("1")).select_from(table).where(*there).exists())
    return postgresql.insert(table).from_select([*names, *same], rows)


def _key_of(table: Table) -> list[str]:
    """Return the columns by which a row is known: its unique ones, else those of its primary key."""
    unique = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    return [column.name for column in (unique[0] if unique else table.primary_key).columns]


def _rows_of_json(table: Table, names: tuple[str, ...], same: tuple[str, ...]) -> Any:
    columns = [column(name, table.c[name].type) for name in names]
    recordset = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON)).table_valued(*columns, name="new")
    constants = [cast(bindparam(name, type_=table.c[name].type), table.c[name].type) for name in same]
    return select(*recordset.render_derived(with_types=True).c, *constants)


@lru_cache(256)
def _insert_each(table: Table, instead: Instead | None) -> Any:
    return _on_conflict(sqlite.insert(table), instead)


def _on_conflict(statement: Any, instead: Instead | None) -> Any:
    return instead(statement) if instead else statement.on_conflict_do_nothing()


def _as_bytea(value: Any) -> str:
    """Return what PostgreSQL reads back as the same bytes; uuid and timestamptz are known to orjson."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"a {type(value).__name__} has no place in a row")


class _Ids(TypeDecorator[Collection[UUID]]):
    """Hundreds of ids as one text: PostgreSQL's way to write an array, SQLite's list in JSON of ids as it stores them."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Collection[UUID] | None, dialect: Dialect) -> str:
        listed = orjson.dumps(list(value or ()))
        on_postgres = dialect.name == "postgresql"
        return (listed.translate(_ARRAY_SIGNS, b'"') if on_postgres else listed.replace(b"-", b"")).decode()


_ARRAY_SIGNS = bytes.maketrans(b"[]", b"{}")


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    tested, ids = element.clauses
    return compiler.process(tested == any_(cast(ids, postgresql.ARRAY(Uuid))), **options)


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    tested, ids = element.clauses
    return compiler.process(tested.in_(select(func.json_each(ids).table_valued("value").c.value)), **options)


def among(tested: Any, ids: Collection[UUID] | BindParameter[Any]) -> ColumnElement[bool]:
    """Return the condition that a column of ids holds one of hundreds, or of those in a parameter that is given later.

    They travel as one value: each as a parameter of its own cost 4 µs, written into the statement 2.
    """
    given = ids if isinstance(ids, BindParameter) else bindparam(None, list(ids), unique=True)
    return _Among(tested, type_coerce(given, _Ids))


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
