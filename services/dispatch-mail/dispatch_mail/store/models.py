"""One row a message and mail address; the messages that were stopped; outbox, inbox and parked events."""

from __future__ import annotations

from sqlalchemy import Table
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


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


TABLES = Tables("mail", _table(Delivery), _table(StoppedMessage))
