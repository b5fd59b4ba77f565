"""The INSERTs of `bulk`, each built once for a table and the columns it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

Instead = Callable[[Any], Any]  # gives an INSERT another ON CONFLICT than DO NOTHING
Names = tuple[str, ...]


@lru_cache(256)
def insert_parameters(table: Table, instead: Instead | None) -> Any:
    """Return SQLite's INSERT, with a parameter for each value."""
    return _on_conflict(sqlite.insert(table), instead)


@lru_cache(256)
def insert_json(table: Table, names: Names, same: Names, instead: Instead | None) -> Any:
    """Return PostgreSQL's INSERT from one JSON parameter, `rows`."""
    rows = _rows_of_json(table, names, same)
    return _on_conflict(postgresql.insert(table).from_select([*names, *same], rows), instead)


@lru_cache(256)
def insert_json_unless_first(table: Table, names: Names, same: Names) -> Any:
    """Return the same INSERT without ON CONFLICT. It writes nothing where the first row is there.

    Then most likely all of them are there, and PostgreSQL would write an error into its log, with
    the values of all rows. The first row's key is given in parameters of its own, `first_…`.
    """
    is_first = []
    for name in key_of(table):
        first = bindparam(f"first_{name}", type_=table.c[name].type)
        is_first.append(table.c[name] == first)
    there = select(literal_column("1")).select_from(table).where(*is_first).exists()
    rows = _rows_of_json(table, names, same).where(~there)
    return postgresql.insert(table).from_select([*names, *same], rows)


@lru_cache(256)
def update_json(table: Table, key: str, names: Names) -> Any:
    """Return PostgreSQL's UPDATE from one JSON parameter, `rows`, each of which names its `key`."""
    new = _recordset(table, (key, *names))
    values = {name: new.c[name] for name in names}
    return update(table).where(table.c[key] == new.c[key]).values(values)


@lru_cache(256)
def update_parameters(table: Table, key: str) -> Any:
    """Return SQLite's UPDATE, with a parameter for each value and one for the key, `of_key`."""
    return update(table).where(table.c[key] == bindparam("of_key", type_=table.c[key].type))


def key_of(table: Table) -> list[str]:
    """Return the columns by which a row is known: unique ones, else those of its primary key."""
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            return [column.name for column in constraint.columns]
    return [column.name for column in table.primary_key.columns]


def _rows_of_json(table: Table, names: Names, same: Names) -> Any:
    return select(*_recordset(table, names).c, *_constants(table, same))


def _recordset(table: Table, names: Names) -> Any:
    """Return the rows of the parameter as a table with these columns of `table`."""
    columns = [column(name, table.c[name].type) for name in names]
    parameter = cast(bindparam("rows", type_=Text), JSON)
    recordset = func.json_to_recordset(parameter).table_valued(*columns, name="new")
    return recordset.render_derived(with_types=True)


def _constants(table: Table, same: Names) -> Iterator[Any]:
    """Yield a parameter for each column in which all rows are equal, as the column's type."""
    for name in same:
        kind = table.c[name].type
        yield cast(bindparam(name, type_=kind), kind)


def _on_conflict(statement: Any, instead: Instead | None) -> Any:
    return instead(statement) if instead else statement.on_conflict_do_nothing()
