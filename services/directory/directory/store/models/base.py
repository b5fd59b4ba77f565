"""What the tables of the directory have in common."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.orm import DeclarativeBase

from common.db.types import new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()


def table(model: type[Base]) -> Table:
    """Return a model's table, for statements over many rows."""
    found = model.__table__
    assert isinstance(found, Table)
    return found
