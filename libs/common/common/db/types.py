"""Column types and the declarative base that every house's models share."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, LargeBinary, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz: takes aware datetimes only, gives them back in UTC, on SQLite too."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Encrypted(TypeDecorator[bytes]):
    """Bytes sealed by the school's key (`common.crypto`).

    It is a mark that tests and people can see on the column. The store keeps ciphertext only; who
    needs the text asks `SchoolKey.decrypt` in the moment of use.
    """

    impl = LargeBinary
    cache_ok = True


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """The root of a house's models.

    Each house subclasses it once, with a MetaData of its own (`metadata = new_metadata()`).
    """

    __abstract__ = True


def new_metadata() -> MetaData:
    """Return a MetaData with the naming convention by which migrations find constraints again."""
    return MetaData(naming_convention=NAMING)


def words(column: str, enum: type[StrEnum], name: str | None = None) -> CheckConstraint:
    """Return the CHECK that keeps a text column to an enum's words."""
    listed = ", ".join(f"'{word.value}'" for word in enum)
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def as_dict(row: Any) -> dict[str, Any]:
    """Return a mapped row's columns by name."""
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
