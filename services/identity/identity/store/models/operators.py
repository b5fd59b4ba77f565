"""Who runs the installation, and what they did about a school."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from common.db import Encrypted, UtcDateTime
from identity.store.models.base import Base


class AdministratorRecovery(Base):
    """Two operators give a school's administrator a way in again, after a call back (ID-12).

    `called`: whom the first of them called back, and by which number, as they wrote it.
    """

    __tablename__ = "recoveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID] = mapped_column(index=True)
    account_id: Mapped[UUID]
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    called: Mapped[str] = mapped_column(String(200))
    agreed_by: Mapped[UUID | None]
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Operator(Base):
    """Who runs the installation, of no school (ID-10).

    `last_step`: the 30 seconds whose code was used last.
    """

    __tablename__ = "operators"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login_index: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    login_mail: Mapped[bytes] = mapped_column(Encrypted)
    display_name: Mapped[str] = mapped_column(String(100))
    password_hash: Mapped[str] = mapped_column(String(60))
    totp_secret: Mapped[bytes] = mapped_column(Encrypted)
    last_step: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OperatorSession(Base):
    """A signed-in operator; `id` as in `sessions`."""

    __tablename__ = "operator_sessions"

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operators.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class OperatorAccess(Base):
    """That an operator may look at a school's data, and why (ID-10).

    `ends_at`: when it ends by itself; `ended_at`: when it ended. `operator_id` is no foreign key:
    the school sees the reason after the operator has left.
    """

    __tablename__ = "operator_accesses"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    operator_id: Mapped[UUID]
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    reason: Mapped[str] = mapped_column(String(1000))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_OPEN = text("ended_at IS NULL")
Index(
    "ix_operator_accesses_open",
    OperatorAccess.ends_at,
    postgresql_where=_OPEN,
    sqlite_where=_OPEN,
)
