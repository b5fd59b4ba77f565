"""Tables of what is planned first and done later: roster files, and the next school year."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from common.db.types import Encrypted, Json, UtcDateTime
from directory.store.models.base import Base


class YearChange(Base):
    """The turn of a school to the classes of a fiscal year, from draft to the end of its undo.

    Its classes are groups that are `planned` until it is applied. `starts_at`: the moment that the
    office chose; `refused`: why it did not begin then; `first_message_at`: when a message went to
    one of the new classes, so that nothing can be undone any more; `summary`: what it did, in
    numbers.
    """

    __tablename__ = "year_changes"
    __table_args__ = (
        UniqueConstraint("school_id", "fiscal_year"),
        Index(
            "ix_year_changes_starts_at",
            "starts_at",
            postgresql_where=text("starts_at IS NOT NULL"),
            sqlite_where=text("starts_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    fiscal_year: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    starts_by: Mapped[UUID | None]
    refused: Mapped[str | None] = mapped_column(Text)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_message_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    summary: Mapped[dict[str, Any] | None] = mapped_column(Json)


class YearPlace(Base):
    """What a change of the year does to one child.

    `decided`: by the office, so that the rule does not apply; `group_id` and `number`: the seat of
    the new year. `before`: the columns of the child that the change has written over.
    """

    __tablename__ = "year_places"

    change_id: Mapped[UUID] = mapped_column(ForeignKey("year_changes.id"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True, index=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("groups.id"), index=True)
    number: Mapped[int | None]
    graduates: Mapped[bool]
    decided: Mapped[bool]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)


class ImportPlan(Base):
    """What a roster file would change, kept from preview to application, half an hour at most.

    Made anew when something is decided. `summary`: counts; `content`: the rest as sealed JSON;
    `upload`: the file itself, sealed. `stage` (ImportStage) began at `stage_at`, as a part of what
    was asked for at `asked_at`; `asked`: by whom and how, sealed. `rows`: how many were read;
    `trouble`: why it could not be read, or not be written, as a code and its fields.
    """

    __tablename__ = "import_plans"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stage: Mapped[str] = mapped_column(Text)
    stage_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rows: Mapped[int | None]
    trouble: Mapped[dict[str, Any] | None] = mapped_column(Json)
    asked: Mapped[bytes] = mapped_column(Encrypted)
    roster_version: Mapped[str] = mapped_column(Text)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    content: Mapped[bytes] = mapped_column(Encrypted)
    upload: Mapped[bytes] = mapped_column(Encrypted)


class StaffImport(Base):
    """What a file of staff would change, kept for half an hour; once applied, until its accounts
    are settled and that could be read.

    `summary`: counts; `content`: the rest as sealed JSON; `upload`: the file itself, sealed, None
    once it is applied; `refused`: what identity refused, None until it has answered.
    """

    __tablename__ = "staff_imports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    roster_version: Mapped[str] = mapped_column(Text)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    refused: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    content: Mapped[bytes] = mapped_column(Encrypted)
    upload: Mapped[bytes | None] = mapped_column(Encrypted)
