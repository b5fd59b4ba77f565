"""What every table of identity stands on."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase

from common.db.types import new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()
