"""What is counted against guessing and against leaks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Index,
    LargeBinary,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from common.db import UtcDateTime
from identity.store.models.base import Base


class TakenRecords(Base):
    """How many personal records one of the staff took out within an hour of the clock (ID-8)."""

    __tablename__ = "taken_records"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    count: Mapped[int]


class DownloadAlarm(Base):
    """Somebody took out more within an hour than their school lets pass (ID-8).

    `seen_at`: since when an administrator has looked at it; None: it is on the home page.
    """

    __tablename__ = "download_alarms"
    __table_args__ = (Index(None, "school_id", "raised_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    account_id: Mapped[UUID]
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int]
    action: Mapped[str] = mapped_column(String(60))
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by: Mapped[UUID | None]


class LoginTries(Base):
    """Wrong tries for a mail address as typed, whether it has an account or not, from one place.

    `login_index`: an HMAC of both, the address and the place. `locked_until`: from when on the next
    one passes.
    """

    __tablename__ = "login_tries"

    login_index: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failed_count: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SignInAttempt(Base):
    """One try from a network (kept as an HMAC); the right ones are taken out again."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index(None, "address_index", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
