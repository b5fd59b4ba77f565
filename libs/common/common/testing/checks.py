"""Tests about the code, written once and called by every house.

Rules of routes, URLs, migrations, words.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import (
    CheckConstraint,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    inspect,
    make_url,
    text,
)
from sqlalchemy.pool import NullPool

from common.db import is_postgres, migrate
from common.web.auth import rules_of

_UNTYPED_METHODS = {"HEAD", "OPTIONS"}
_STATIC_PART = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.(js|json|pdf|webmanifest|xlsx))?")
_VARIABLE_PART = re.compile(r"<[a-z]+(\([^)]*\))?:[a-z][a-z0-9_]*>")
_WORDS = re.compile(r"^(?P<column>\w+) IN \((?P<words>'[^']*'(, '[^']*')*)\)$")


def assert_every_route_has_a_rule(app: Flask) -> None:
    """Fail with the routes and methods for which nobody said who may call them."""
    forgotten = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - _UNTYPED_METHODS)
        if not rules_of(app, rule.endpoint, method)
    ]
    assert not forgotten, f"no rule says who may call {forgotten}"


def assert_rules_kebab_case(app: Flask) -> None:
    """Fail with the URLs that are not kebab-case or whose variables bear no type.

    One with a type: `<uuid:member_id>`.
    """
    wrong = [rule.rule for rule in app.url_map.iter_rules() if not _is_kebab_case(rule.rule)]
    assert not wrong, f"not kebab-case, or a variable without a type: {wrong}"


def _is_kebab_case(url: str) -> bool:
    parts = [part for part in url.split("/") if part]
    for part in parts:
        shape = _VARIABLE_PART if part.startswith("<") else _STATIC_PART
        if not shape.fullmatch(part):
            return False
    return True


def assert_one_head(folder: Path) -> None:
    """Fail unless the migrations in `folder` end in exactly one revision."""
    heads = ScriptDirectory(str(folder)).get_heads()
    assert len(heads) == 1, f"{folder.parent.name} has the heads {heads}"


def assert_migrated_equals_created(
    metadata: MetaData, folder: Path, make_database: Callable[[str], str]
) -> None:
    """Fail with what differs between a migrated database and one created from the models.

    Looks at PostgreSQL and at SQLite, and asks each for its own definitions: alembic's check misses
    CHECKs, the WHERE of partial indexes, lengths of types.
    """
    with tempfile.TemporaryDirectory() as scratch:
        sqlite = (
            f"sqlite:///{scratch}/migrated.db",
            f"sqlite:///{scratch}/created.db",
        )
        postgres = (
            make_database("migrated"),
            make_database("created"),
        )
        for migrated, created in (postgres, sqlite):
            migrate.upgrade(migrated, folder, metadata)
            with _engine(created) as engine:
                metadata.create_all(engine)
            _assert_same_definitions(migrated, created)


def _assert_same_definitions(migrated: str, created: str) -> None:
    kind = make_url(migrated).get_backend_name()
    in_migrations = definitions(migrated)
    in_models = definitions(created)
    assert in_migrations - in_models == set(), f"{kind}: only in the migrations"
    assert in_models - in_migrations == set(), f"{kind}: only in the models"


def assert_words_match(metadata: MetaData, expected: Mapping[str, type[StrEnum]]) -> None:
    """Fail unless the columns kept to words by a CHECK are those of `expected`, word for word.

    `expected`: "accounts.role" → its enum.
    """
    found = {}
    for table in metadata.tables.values():
        for column, words in _words_by_column(table):
            found[f"{table.name}.{column}"] = words
    wanted = {column: tuple(word.value for word in enum) for column, enum in expected.items()}
    assert found == wanted


def _words_by_column(table: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the columns that a CHECK keeps to words, with these."""
    for constraint in table.constraints:
        if not isinstance(constraint, CheckConstraint):
            continue
        match = _WORDS.match(str(constraint.sqltext))
        if match:
            words = match["words"].split(",")
            yield match["column"], tuple(word.strip("' ") for word in words)


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


_POSTGRES_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       a.attnotnull::text, a.attidentity::text, coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  AND a.attnum > 0 AND NOT a.attisdropped
"""
_POSTGRES_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
"""
_POSTGRES_INDEXES = """
SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""
_SQLITE_INDEXES = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index'"


def definitions(url: str) -> set[tuple[str, ...]]:
    """Return every column, constraint and index of a database as it writes them itself."""
    with _engine(url) as engine, engine.connect() as connection:
        if is_postgres(engine):
            queries = (_POSTGRES_COLUMNS, _POSTGRES_CONSTRAINTS, _POSTGRES_INDEXES)
            rows = {tuple(row) for query in queries for row in connection.execute(text(query))}
        else:
            rows = set(_sqlite_definitions(connection))
    return {row for row in rows if row[0] != "alembic_version"}


def _sqlite_definitions(connection: Connection) -> Iterator[tuple[str, ...]]:
    inspector = inspect(connection)
    for table in inspector.get_table_names():
        for column in inspector.get_columns(table):
            yield (
                table,
                column["name"],
                str(column["type"]),
                str(column["nullable"]),
                str(column["default"]),
            )
        parts: list[Any] = [
            inspector.get_pk_constraint(table),
            *inspector.get_unique_constraints(table),
            *inspector.get_check_constraints(table),
            *inspector.get_foreign_keys(table),
        ]
        for part in parts:
            yield (table, repr(sorted(part.items())))
    for name, table, definition in connection.exec_driver_sql(_SQLITE_INDEXES):
        yield (table, name, " ".join((definition or "").split()))
