"""One row a message and mail address; the messages that were stopped; outbox, inbox and parked events."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase

from common import bus
from common.db.types import new_metadata
from common.delivery.rows import Tables
from common.delivery.tables import DeliveryColumns, StoppedMessageColumns


class Base(DeclarativeBase):
    metadata = new_metadata()


class Delivery(DeliveryColumns, Base):
    __tablename__ = "deliveries"


class StoppedMessage(StoppedMessageColumns, Base):
    __tablename__ = "stopped_messages"


bus.add_tables(Base.metadata)
METADATA = Base.metadata
TABLES = Tables("mail", METADATA.tables["deliveries"], METADATA.tables["stopped_messages"])
