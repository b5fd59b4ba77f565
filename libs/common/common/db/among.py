"""Conditions and joins for hundreds of ids, which travel to the database as one value."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Integer,
    TableValuedAlias,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


def among(tested: Any, ids: Collection[UUID] | BindParameter[Any]) -> ColumnElement[bool]:
    """Return the condition that a column of ids holds one of these.

    `ids` may be a parameter that is given later. They travel as one value: hundreds of
    parameters, or a longer statement each time, would cost more than the look-up itself.
    """
    given_later = isinstance(ids, BindParameter)
    listed = ids if given_later else bindparam(None, list(ids), unique=True)
    return _Among(tested, type_coerce(listed, _Ids))


def ranked(ids: Sequence[UUID]) -> TableValuedAlias:
    """Return a table of ids with their places in this order: `id`, `rank` from 0 on.

    As one value, the statement stays the same however many there are, and is compiled once.
    """
    listed: BindParameter[Any] = bindparam(None, ids, unique=True)
    table = _Ranked(type_coerce(listed, _Ids))
    return table.table_valued(column("id", Uuid), column("rank", Integer))


class _Ids(TypeDecorator[Collection[UUID]]):
    """Hundreds of ids as one text: an array as PostgreSQL writes it, a list in JSON for SQLite."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Collection[UUID] | None, dialect: Dialect) -> str:
        listed = orjson.dumps(list(value or ())).decode()
        if dialect.name == "postgresql":
            return listed.translate(_AS_ARRAY)
        return listed.replace("-", "")  # SQLite stores ids without hyphens


_AS_ARRAY = str.maketrans("[]", "{}", '"')  # ["a","b"] → {a,b}


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    tested, ids = element.clauses
    listed = cast(ids, postgresql.ARRAY(Uuid))
    return compiler.process(tested == any_(listed), **options)


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    tested, ids = element.clauses
    listed = func.json_each(ids).table_valued("value")
    return compiler.process(tested.in_(select(listed.c.value)), **options)


class _Ranked(FunctionElement[Any]):
    inherit_cache = True


@compiles(_Ranked, "postgresql")
def _unnest(element: _Ranked, compiler: SQLCompiler, **options: Any) -> str:
    [ids] = element.clauses
    listed = compiler.process(cast(ids, postgresql.ARRAY(Uuid)), **options)
    numbered = f"unnest({listed}) WITH ORDINALITY AS listed(id, place)"
    return f"(SELECT listed.id, listed.place - 1 AS rank FROM {numbered})"  # noqa: S608 -- a parameter


@compiles(_Ranked, "sqlite")
def _each(element: _Ranked, compiler: SQLCompiler, **options: Any) -> str:
    [ids] = element.clauses
    listed = compiler.process(ids, **options)
    return f"(SELECT value AS id, key AS rank FROM json_each({listed}))"  # noqa: S608 -- a parameter
