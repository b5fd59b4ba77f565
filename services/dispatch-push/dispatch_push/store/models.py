"""One row a message and app token; the stopped messages; outbox, inbox and parked events."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from common import bus
from common.db import UtcDateTime
from common.db.types import new_metadata
from common.delivery.rows import Tables
from common.delivery.tables import DeliveryColumns, HolderColumns, StoppedMessageColumns


class Base(DeclarativeBase):
    metadata = new_metadata()


class Delivery(DeliveryColumns, Base):
    """`token_reported_at`: when directory was told that the phone's token is dead, or null."""

    __tablename__ = "deliveries"

    token_reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StoppedMessage(StoppedMessageColumns, Base):
    __tablename__ = "stopped_messages"


class Holder(HolderColumns, Base):
    __tablename__ = "holders"


bus.add_tables(Base.metadata)
METADATA = Base.metadata
TABLES = Tables(
    "push",
    METADATA.tables["deliveries"],
    METADATA.tables["stopped_messages"],
    METADATA.tables["holders"],
)

_UNREPORTED = text("reason = 'token_dead' AND token_reported_at IS NULL")
Index(
    "ix_deliveries_dead_token",
    TABLES.deliveries.c.settled_at,
    postgresql_where=_UNREPORTED,
    sqlite_where=_UNREPORTED,
)
