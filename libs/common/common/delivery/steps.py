"""Steps of migrations that the three dispatchers take alike.

A released step is never changed: a further one is added.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def add_holders(op: Any) -> None:
    """Make the table of processes that claim, and the column that tells whose a claimed row is."""
    op.create_table(
        "holders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.Column("beaten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holders")),
    )
    op.add_column("deliveries", sa.Column("holder", sa.Uuid(), nullable=True))


def drop_holders(op: Any) -> None:
    """Take both away."""
    op.drop_column("deliveries", "holder")
    op.drop_table("holders")
