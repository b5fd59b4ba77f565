"""Steps of migrations that every house takes alike.

A step that has been released is never changed: a further one is added.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

UNPUBLISHED_URGENT = "published_at IS NULL AND (routing_key LIKE '%.urgent')"


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
