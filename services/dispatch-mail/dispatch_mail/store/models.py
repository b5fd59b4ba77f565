"""The tables of dispatch-mail.

One row a message and mail address, or a notice and account; the messages that were stopped; notices
of the last days; presses of one-click links; answers that nobody reads; outbox, inbox, parked
events.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common import bus
from common.db import Json, UtcDateTime
from common.db.types import new_metadata
from common.delivery.rows import Tables
from common.delivery.tables import DeliveryColumns, HolderColumns, StoppedMessageColumns


class Base(DeclarativeBase):
    metadata = new_metadata()


class Delivery(DeliveryColumns, Base):
    """Of a refusal because nobody has the address: `counts` says, once its day is over, whether it
    speaks against the address (a notice's never does: directory knows no account); `told_dead_at`
    and `told_well_at`: when directory was told that the address is dead, and that it takes mails
    again. `told_doubt_at`: when it was told that the mail came back, or was refused once.

    `bounced_at`, `bounce_reason`: when the mail came back after it had been accepted, and why
    (`Reason`); the final state stays.
    """

    __tablename__ = "deliveries"

    counts: Mapped[bool | None]
    told_dead_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_well_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_doubt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bounce_reason: Mapped[str | None] = mapped_column(String(30))


class StoppedMessage(StoppedMessageColumns, Base):
    __tablename__ = "stopped_messages"


class Holder(HolderColumns, Base):
    __tablename__ = "holders"


class NoticeRow(Base):
    """What the product itself tells staff (`common.notices`), for as long as it may be sent.

    Its deliveries have its id as that of their message, and an account's as that of their contact
    point.
    """

    __tablename__ = "notices"
    __table_args__ = (Index(None, "school_id", "kind", "requested_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    params: Mapped[dict[str, Any]] = mapped_column(Json)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class LinkPress(Base):
    """What a family last said by a mail's one-click link: that ordinary mails stop, or that they
    come again.
    """

    __tablename__ = "link_presses"

    contact_point_id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    is_stopped: Mapped[bool]
    pressed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class ReplyDay(Base):
    """How many answers to mails of a school came on a day in Japan, which nobody could read."""

    __tablename__ = "reply_days"

    school_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    replies: Mapped[int]


class ReplyAnswer(Base):
    """That an address was told, on a day in Japan, that nobody reads its answers: once a day.

    Its delivery has this id as that of its message.
    """

    __tablename__ = "reply_answers"
    __table_args__ = (UniqueConstraint("contact_point_id", "day"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    school_id: Mapped[UUID]
    contact_point_id: Mapped[UUID]
    day: Mapped[date] = mapped_column(index=True)


bus.add_tables(Base.metadata)
METADATA = Base.metadata
TABLES = Tables(
    "mail",
    METADATA.tables["deliveries"],
    METADATA.tables["stopped_messages"],
    METADATA.tables["holders"],
)

# Conditions of partial indexes, written out in queries too: only so does a database see that an
# index serves them.
UNJUDGED = "(reason = 'user_unknown' OR bounce_reason = 'user_unknown') AND counts IS NULL"
JUDGED = "counts IS NOT NULL"
DEAD = "told_dead_at IS NOT NULL AND told_well_at IS NULL"
BAD = "(told_dead_at IS NOT NULL OR told_doubt_at IS NOT NULL) AND told_well_at IS NULL"
ACCEPTED = "state = 'accepted' AND bounced_at IS NULL"
BOUNCED = "bounced_at IS NOT NULL"
ANSWERED = "state IN ('accepted', 'refused')"


def _index(name: str, condition: str, *columns: str) -> None:
    where = text(condition)
    Index(
        f"ix_deliveries_{name}",
        *(TABLES.deliveries.c[column] for column in columns),
        postgresql_where=where,
        sqlite_where=where,
    )


_index("unjudged", UNJUDGED, "settled_at")
_index("judged", JUDGED, "contact_point_id")
_index("dead", DEAD, "contact_point_id")
_index("bad", BAD, "contact_point_id")
_index("accepted", ACCEPTED, "contact_point_id", "settled_at")
_index("answered", ANSWERED, "route", "state", "settled_at")
_index("bounced", BOUNCED, "route", "bounced_at")
