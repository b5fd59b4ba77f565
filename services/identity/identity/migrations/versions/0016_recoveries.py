"""Two operators give a school's administrator a way in again (ID-12).

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("called", sa.String(200), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )
    op.create_index(op.f("ix_recoveries_school_id"), "recoveries", ["school_id"])


def downgrade() -> None:
    op.drop_table("recoveries")
