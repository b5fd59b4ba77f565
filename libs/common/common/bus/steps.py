"""Steps of migrations that every house takes alike.

A step that has been released is never changed: a further one is added.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
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
    position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "outbox",
        sa.Column("position", position, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("routing_key", sa.String(length=255), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    condition = sa.text(UNPUBLISHED)
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
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("queue", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_received_at"), "inbox", ["received_at"])


def _create_parked_events(op: Any) -> None:
    op.create_table(
        "parked_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(length=50), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_events")),
    )


def _create_erased_schools(op: Any) -> None:
    counts = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "erased_schools",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", counts, nullable=False),
        sa.PrimaryKeyConstraint("school_id", name=op.f("pk_erased_schools")),
    )


def add_held_events(op: Any) -> None:
    """Make the table of events that wait for another house.

    And the index by which a relay finds urgent events first.
    """
    op.create_table(
        "held_events",
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=255), nullable=True),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("queue", "event_id", name=op.f("pk_held_events")),
    )
    op.create_index(op.f("ix_held_events_due_at"), "held_events", ["due_at"])
    condition = sa.text(UNPUBLISHED_URGENT)
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
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def drop_leases(op: Any) -> None:
    """Take it away."""
    op.drop_table("leases")
