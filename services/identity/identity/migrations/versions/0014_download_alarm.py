"""Who takes out many personal records within an hour is reported (ID-8).

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "taken_records",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "account_id", "hour", name=op.f("pk_taken_records")),
    )
    op.create_table(
        "download_alarms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download_alarms")),
    )
    op.create_index(
        op.f("ix_download_alarms_school_id_raised_at"), "download_alarms", ["school_id", "raised_at"]
    )


def downgrade() -> None:
    op.drop_table("download_alarms")
    op.drop_table("taken_records")
