"""Steps of migrations that the three dispatchers take alike.

A released step is never changed: a further one is added.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, DateTime, Integer, PrimaryKeyConstraint, Uuid


def add_holders(op: Any) -> None:
    """Make the table of processes that claim, and the column that tells whose a claimed row is."""
    op.create_table(
        "holders",
        Column("id", Uuid(), nullable=False),
        Column("beats", Integer(), nullable=False),
        Column("beaten_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("id", name=op.f("pk_holders")),
    )
    op.add_column("deliveries", Column("holder", Uuid(), nullable=True))


def drop_holders(op: Any) -> None:
    """Take both away."""
    op.drop_column("deliveries", "holder")
    op.drop_table("holders")
