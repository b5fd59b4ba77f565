"""A condition for hundreds of ids, which travel to the database as one value."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
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
