"""Steps of migrations that every house takes alike.

A step that has been released is never changed: a further one is added.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects import postgresql

UNPUBLISHED = "published_at IS NULL"
UNPUBLISHED_URGENT = f"{UNPUBLISHED} AND (routing_key LIKE '%.urgent')"


def add_house_tables(op: Any) -> None:
    """Make all tables that every house keeps, for the first migration of a new one.

    The houses of before got them one after another.
    """
    _create_outbox(op)
    _create_inbox(op)
    _create_parked_events(op)
    _create_erased_schools(op)
    add_held_events(op)
    add_leases(op)


def drop_house_tables(op: Any) -> None:
    """Take them away."""
    drop_leases(op)
    drop_held_events(op)
    for name in ("erased_schools", "parked_events", "inbox", "outbox"):
        op.drop_table(name)


def _create_outbox(op: Any) -> None:
    position = BigInteger().with_variant(Integer(), "sqlite")
    op.create_table(
        "outbox",
        Column("position", position, autoincrement=True, nullable=False),
        Column("id", Uuid(), nullable=False),
        Column("type", String(length=100), nullable=False),
        Column("routing_key", String(length=255), nullable=False),
        Column("school_id", Uuid(), nullable=True),
        Column("body", Text(), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("published_at", DateTime(timezone=True), nullable=True),
        PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    condition = text(UNPUBLISHED)
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["position"],
        postgresql_where=condition,
        sqlite_where=condition,
    )


def _create_inbox(op: Any) -> None:
    op.create_table(
        "inbox",
        Column("queue", String(length=255), nullable=False),
        Column("event_id", Uuid(), nullable=False),
        Column("received_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("queue", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_received_at"), "inbox", ["received_at"])


def _create_parked_events(op: Any) -> None:
    op.create_table(
        "parked_events",
        Column("id", Uuid(), nullable=False),
        Column("event_id", Uuid(), nullable=True),
        Column("queue", String(length=255), nullable=False),
        Column("type", String(length=100), nullable=True),
        Column("reason", String(length=50), nullable=False),
        Column("detail", Text(), nullable=False),
        Column("body", Text(), nullable=False),
        Column("parked_at", DateTime(timezone=True), nullable=False),
        Column("attempts", Integer(), nullable=False),
        PrimaryKeyConstraint("id", name=op.f("pk_parked_events")),
    )


def _create_erased_schools(op: Any) -> None:
    counts = JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "erased_schools",
        Column("school_id", Uuid(), nullable=False),
        Column("begun_at", DateTime(timezone=True), nullable=False),
        Column("erased_at", DateTime(timezone=True), nullable=True),
        Column("counts", counts, nullable=False),
        PrimaryKeyConstraint("school_id", name=op.f("pk_erased_schools")),
    )


def add_held_events(op: Any) -> None:
    """Make the table of events that wait for another house.

    And the index by which a relay finds urgent events first.
    """
    op.create_table(
        "held_events",
        Column("queue", String(length=255), nullable=False),
        Column("event_id", Uuid(), nullable=False),
        Column("school_id", Uuid(), nullable=True),
        Column("body", Text(), nullable=False),
        Column("signature", String(length=255), nullable=True),
        Column("code", String(length=100), nullable=False),
        Column("tries", Integer(), nullable=False),
        Column("broken", Integer(), nullable=False),
        Column("held_at", DateTime(timezone=True), nullable=False),
        Column("due_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("queue", "event_id", name=op.f("pk_held_events")),
    )
    op.create_index(op.f("ix_held_events_due_at"), "held_events", ["due_at"])
    condition = text(UNPUBLISHED_URGENT)
    op.create_index(
        "ix_outbox_urgent",
        "outbox",
        ["position"],
        postgresql_where=condition,
        sqlite_where=condition,
    )


def drop_held_events(op: Any) -> None:
    """Take both away."""
    op.drop_index("ix_outbox_urgent", table_name="outbox")
    op.drop_table("held_events")


def add_leases(op: Any) -> None:
    """Make the table of leases by which one clock leads."""
    op.create_table(
        "leases",
        Column("name", String(length=100), nullable=False),
        Column("holder", Uuid(), nullable=False),
        Column("ends_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def drop_leases(op: Any) -> None:
    """Take it away."""
    op.drop_table("leases")
