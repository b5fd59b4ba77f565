"""Many rows at once: those whose keys are not there yet go in, those that are there are changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import CursorResult, Result, Table
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from common.db import bulk_statements as statements
from common.db.bulk_statements import Instead
from common.db.connect import is_postgres

ROWS_OF_A_STATEMENT = 500
# Rows from which trying first is worth its savepoint: ON CONFLICT makes each row a quarter dearer.
MANY = 50


def rowcount(result: Result[Any]) -> int:
    """Return how many rows an INSERT, UPDATE or DELETE has touched."""
    assert isinstance(result, CursorResult)
    return result.rowcount


def insert_new(
    session: Session,
    table: Table,
    rows: Sequence[dict[str, Any]],
    same: Mapping[str, Any] = MappingProxyType({}),
    instead: Instead | None = None,
) -> int:
    """Insert the rows whose keys are not there yet; return how many went in.

    Rows name the same columns; `same` holds those in which all rows are equal.
    Rows that `instead` changed are counted too.
    """
    if not rows:
        return 0
    new = _NewRows(table, rows, same)
    if not is_postgres(session):
        return _insert_as_parameters(session, new, instead)
    connection = session.connection()
    if len(rows) >= MANY and _try_as_if_none_were_there(connection, new):
        return len(rows)
    return _insert_each_unless_there(connection, new, instead)


def update_rows(session: Session, table: Table, key: str, rows: Sequence[dict[str, Any]]) -> int:
    """Write other values into rows, each its own; return how many were there.

    Each of `rows` names its `key` and the columns that change.
    """
    if not rows:
        return 0
    if not is_postgres(session):
        return _update_as_parameters(session, table, key, rows)
    changed = tuple(name for name in rows[0] if name != key)
    statement = statements.update_json(table, key, changed)
    connection = session.connection()
    updated = 0
    for start in range(0, len(rows), ROWS_OF_A_STATEMENT):
        part = rows[start : start + ROWS_OF_A_STATEMENT]
        updated += _execute_with_json(connection, statement, part, {})
    return updated


def _update_as_parameters(
    session: Session, table: Table, key: str, rows: Sequence[dict[str, Any]]
) -> int:
    """SQLite: give each value as a parameter of its own."""
    statement = statements.update_parameters(table, key)
    values = []
    for row in rows:
        changed = {name: value for name, value in row.items() if name != key}
        values.append({**changed, "of_key": row[key]})
    return rowcount(session.execute(statement, values))


@dataclass(frozen=True, slots=True)
class _NewRows:
    table: Table
    rows: Sequence[dict[str, Any]]
    same: Mapping[str, Any]

    @property
    def columns(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the columns of `rows`, and of those of `same`."""
        return tuple(self.rows[0]), tuple(self.same)

    def parts(self) -> Iterator[Sequence[dict[str, Any]]]:
        for start in range(0, len(self.rows), ROWS_OF_A_STATEMENT):
            yield self.rows[start : start + ROWS_OF_A_STATEMENT]


def _insert_as_parameters(session: Session, new: _NewRows, instead: Instead | None) -> int:
    """SQLite: give each value as a parameter of its own."""
    statement = statements.insert_parameters(new.table, instead)
    inserted = 0
    for rows in new.parts():
        values = [{**row, **new.same} for row in rows]
        inserted += rowcount(session.execute(statement, values))
    return inserted


def _try_as_if_none_were_there(connection: Connection, new: _NewRows) -> bool:
    """Insert all rows, or nothing; return whether they went in."""
    statement = statements.insert_json_unless_first(new.table, *new.columns)
    key = statements.key_of(new.table)
    inserted = 0
    with suppress(IntegrityError), connection.begin_nested() as savepoint:
        for rows in new.parts():
            first_row = {**rows[0], **new.same}
            others = dict(new.same)
            for name in key:
                others[f"first_{name}"] = first_row[name]
            inserted += _execute_with_json(connection, statement, rows, others)
        if inserted == len(new.rows):
            return True
        savepoint.rollback()
    return False


def _insert_each_unless_there(
    connection: Connection,
    new: _NewRows,
    instead: Instead | None,
) -> int:
    """Insert the rows that are not there, and let `instead` say what becomes of those that are."""
    statement = statements.insert_json(new.table, *new.columns, instead)
    inserted = 0
    for rows in new.parts():
        inserted += _execute_with_json(connection, statement, rows, new.same)
    return inserted


def _execute_with_json(
    connection: Connection,
    statement: Any,
    rows: Sequence[dict[str, Any]],
    others: Mapping[str, Any],
) -> int:
    """Give all rows as one parameter, in JSON, which PostgreSQL takes apart.

    Each value as a parameter of its own would cost this process several times as much.
    """
    text = orjson.dumps(rows, default=_as_bytea).decode()
    return rowcount(connection.execute(statement, {"rows": text, **others}))


def _as_bytea(value: Any) -> str:
    """Return what PostgreSQL reads as the same bytes; orjson knows uuid and timestamptz."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"a {type(value).__name__} has no place in a row")
