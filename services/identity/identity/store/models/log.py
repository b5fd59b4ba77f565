"""The operation log, its order and its seals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from common.db import Json, UtcDateTime, words
from identity.domain.words import (
    ActorKind,
)
from identity.store.models.base import Base


class OperationLine(Base):
    """One line of the operation log (ID-9): who did what, ids only; append-only.

    `id`: the event's, so it enters once. `under_id`: the line under which this one is folded; None:
    it is shown. `first_on`: the day in Japan whose first one of its kind this is, so that there is
    no second; None: it is of no kind that folds, or folded. `position`, `hash`: its place in the
    log's chain, from the moment at which it is sealed (docs/adr/0031).
    """

    __tablename__ = "operation_log"
    __table_args__ = (
        Index(None, "school_id", "position", unique=True),
        words("actor_kind", ActorKind),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID | None]
    position: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(60))
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[UUID | None]
    target_kind: Mapped[str] = mapped_column(String(40))
    target_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    under_id: Mapped[UUID | None]
    first_on: Mapped[date | None]
    hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))


_SHOWN = text("under_id IS NULL")
_FOLDED = text("under_id IS NOT NULL")
_WAITING = text("hash IS NULL")
for _name, _columns, _where in (
    ("shown", (OperationLine.school_id, OperationLine.at, OperationLine.id), _SHOWN),
    (
        "shown_actor",
        (OperationLine.school_id, OperationLine.actor_id, OperationLine.at, OperationLine.id),
        _SHOWN,
    ),
    ("folded", (OperationLine.under_id, OperationLine.at), _FOLDED),
    ("waiting", (OperationLine.school_id, OperationLine.position), _WAITING),
):
    Index(f"ix_operation_log_{_name}", *_columns, postgresql_where=_where, sqlite_where=_where)

_FIRST = text("first_on IS NOT NULL")
Index(
    "ix_operation_log_first",
    OperationLine.school_id,
    OperationLine.target_id,
    OperationLine.action,
    OperationLine.actor_kind,
    OperationLine.first_on,
    unique=True,
    postgresql_where=_FIRST,
    sqlite_where=_FIRST,
)


class OperationLogHead(Base):
    """The last position that was given in a school's log.

    Its row lock puts those who seal in line. The nil UUID: the log without a school.
    """

    __tablename__ = "operation_log_heads"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class OperationLogCheckpoint(Base):
    """What identity signed of a school's log (`domain.log_chain.Checkpoint`).

    The nil UUID: the log without a school.
    """

    __tablename__ = "operation_log_checkpoints"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    count: Mapped[int] = mapped_column(BigInteger)
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
