"""The tables: one erasure a school, one step a house.

They outlive the school and hold no person's data.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common import bus
from common.db import Json, UtcDateTime, words
from common.db.types import new_metadata
from retention.domain.words import ErasureState, StepState


class Base(DeclarativeBase):
    metadata = new_metadata()


class Erasure(Base):
    """The end of one school. `alarm`: how late it is.

    `asked_at`: when it was last said that the erasure is due, or asked of the houses; None for
    never (again). `handed_over_at`: when an operator noted that the school has its certificate.
    """

    __tablename__ = "erasures"
    __table_args__ = (words("state", ErasureState), Index(None, "ended_on", "school_id"))

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_code: Mapped[str] = mapped_column(String(9))
    school_name: Mapped[str] = mapped_column(String(200))
    ended_on: Mapped[date]
    grace_days: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    alarm: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    key_destroyed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    certified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    certificate: Mapped[dict[str, Any] | None] = mapped_column(Json)
    handed_over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ErasureStep(Base):
    """One house's part of an erasure, and what it answered."""

    __tablename__ = "erasure_steps"
    __table_args__ = (words("state", StepState),)

    school_id: Mapped[UUID] = mapped_column(ForeignKey("erasures.school_id"), primary_key=True)
    house: Mapped[str] = mapped_column(String(40), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    counts: Mapped[dict[str, int] | None] = mapped_column(Json)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


bus.add_tables(Base.metadata)
METADATA = Base.metadata
