"""Tables of how families come in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from common.db.types import UtcDateTime
from directory.store.models.base import Base


class RegistrationSheet(Base):
    """The codes by which a child's family registers, as they were last given out on paper.

    The passcode is derived from `version`, and good until `valid_until`.
    """

    __tablename__ = "registration_sheets"
    __table_args__ = (UniqueConstraint("school_id", "login_id"),)

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"), primary_key=True)
    school_id: Mapped[UUID]
    login_id: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)


class SheetText(Base):
    """What a school adds to its registration sheets in its own words."""

    __tablename__ = "sheet_texts"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Text)
