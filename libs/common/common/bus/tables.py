"""The tables that every house keeps.

What it has to say, has heard, holds, could not handle; who is erased, who leads.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, Uuid, text

from common.db import erasure, lease
from common.db.types import UtcDateTime, new_metadata

METADATA = new_metadata()

outbox = Table(
    "outbox",
    METADATA,
    # SQLite numbers rows by itself only in an INTEGER PRIMARY KEY.
    Column(
        "position",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    Column("id", Uuid, nullable=False, unique=True),
    Column("type", String(100), nullable=False),
    Column("routing_key", String(255), nullable=False),
    Column("school_id", Uuid),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
)
# Both written out in queries too: only so does a database see that its partial indexes serve them.
UNPUBLISHED = "published_at IS NULL"
URGENT = "(routing_key LIKE '%.urgent')"
for _name, _condition in (("unpublished", UNPUBLISHED), ("urgent", f"{UNPUBLISHED} AND {URGENT}")):
    Index(
        f"ix_outbox_{_name}",
        outbox.c.position,
        postgresql_where=text(_condition),
        sqlite_where=text(_condition),
    )

inbox = Table(
    "inbox",
    METADATA,
    Column("queue", String(255), primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", UtcDateTime, nullable=False, index=True),
)

parked_events = Table(
    "parked_events",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("event_id", Uuid),
    Column("queue", String(255), nullable=False),
    Column("type", String(100)),
    Column("reason", String(50), nullable=False),
    Column("detail", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("parked_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
)

held_events = Table(
    "held_events",
    METADATA,
    Column("queue", String(255), primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("school_id", Uuid),
    Column("body", Text, nullable=False),
    Column("signature", String(255)),
    Column("code", String(100), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("broken", Integer, nullable=False),
    Column("held_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)


def add_tables(metadata: MetaData) -> None:
    """Copy the tables into a house's MetaData, so that its migrations see them.

    Statements go on using those of this module.
    """
    for table in (*METADATA.sorted_tables, erasure.erased_schools, lease.leases):
        table.to_metadata(metadata)
