"""Tables of audiences that are frozen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from common.db.types import Json, UtcDateTime
from directory.store.models.base import Base


class Snapshot(Base):
    """An audience frozen at one moment: what was confirmed is what is sent.

    Never changed after it was written, but for `released_at`: when we heard that a message goes to
    it.
    """

    __tablename__ = "snapshots"
    __table_args__ = (
        Index(
            "ix_snapshots_unreleased",
            "created_at",
            postgresql_where=text("released_at IS NULL"),
            sqlite_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    audience: Mapped[dict[str, Any]] = mapped_column(Json)
    label: Mapped[str] = mapped_column(Text)
    heads: Mapped[int]
    households: Mapped[int]
    summary: Mapped[dict[str, Any]] = mapped_column(Json)


class ReachWeek(Base):
    """Whom nothing would reach at a school, ids of its pupils, on the Monday on which that was
    told to its administrators: once a week.
    """

    __tablename__ = "reach_weeks"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    monday: Mapped[date] = mapped_column(primary_key=True)
    unreachable: Mapped[list[str]] = mapped_column(Json)


class SnapshotMember(Base):
    """A member of a frozen audience.

    Positions begin at 0 without gaps; a household's members stand side by side.
    """

    __tablename__ = "snapshot_members"

    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("snapshots.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    household: Mapped[int]
    member_id: Mapped[UUID]
    class_id: Mapped[UUID | None]
    guardian_ids: Mapped[list[str]] = mapped_column(Json)
