"""The columns of a dispatcher's tables.

Each dispatcher declares its own from these mixins: common owns no table.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from common.db import Encrypted, Json, UtcDateTime, words
from common.words import DeliveryState

# Written out in queries too: only so does a database see that the partial index serves them.
UNKNOWN = "unknowns > 0"


class DeliveryColumns:
    """One message to one contact point, or (mail) one notice to one account.

    `members`: child id → how many contact points it has on this channel; of a notice: none.
    `route`: what limits act on (mail: the domain). `address`: ciphertext as directory gave it,
    dropped when the row is final; of a notice: None. `holder`: the process that has claimed it
    (`HolderColumns`).
    """

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    message_id: Mapped[UUID]
    contact_point_id: Mapped[UUID]
    guardian_id: Mapped[UUID | None]
    members: Mapped[dict[str, Any]] = mapped_column(Json)
    address: Mapped[bytes | None] = mapped_column(Encrypted)
    route: Mapped[str] = mapped_column(String(255))
    lane: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(30))
    code: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    unknowns: Mapped[int] = mapped_column(default=0)
    batch_id: Mapped[UUID | None]
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    give_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    holder: Mapped[UUID | None]
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805  # SQLAlchemy hands the class
        return _constraints(cls.__tablename__)  # type: ignore[attr-defined]


class KeptBatchColumns:
    """What a dispatcher needs that repeats a batch as it was (`kept_batches`).

    It stands before DeliveryColumns among the bases.
    """

    batch_size: Mapped[int | None]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805  # SQLAlchemy hands the class
        name: str = cls.__tablename__  # type: ignore[attr-defined]
        unknown = text(UNKNOWN)
        again = Index(
            f"ix_{name}_again",
            "lane",
            "next_attempt_at",
            postgresql_where=unknown,
            sqlite_where=unknown,
        )
        return (*_constraints(name), again)


def _constraints(name: str) -> tuple[Any, ...]:
    waiting = text("state IN ('requested', 'deferred')")
    claimed = text("state = 'claimed'")
    return (
        UniqueConstraint("message_id", "contact_point_id"),
        words("state", DeliveryState),
        Index(
            f"ix_{name}_due",
            "lane",
            "next_attempt_at",
            postgresql_where=waiting,
            sqlite_where=waiting,
        ),
        Index(f"ix_{name}_lease", "lease_until", postgresql_where=claimed, sqlite_where=claimed),
    )


class StoppedMessageColumns:
    """Messages of which nothing more may go out.

    Pages that arrive after the stop are answered with "cancelled".
    """

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    stopped_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HolderColumns:
    """The processes that claim: `beats` grows every two seconds while one lives (`holders`)."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    beats: Mapped[int]
    beaten_at: Mapped[datetime] = mapped_column(UtcDateTime)
