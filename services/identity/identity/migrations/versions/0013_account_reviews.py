"""A school's accounts are looked at twice a year, and the list is kept with its signature (ID-13).

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

from common.db import Json, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_reviews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("reviewed_at", UtcDateTime(), nullable=False),
        sa.Column("reviewed_by", sa.Uuid(), nullable=False),
        sa.Column("listed", Json, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_reviews")),
    )
    op.create_index(op.f("ix_account_reviews_school_id"), "account_reviews", ["school_id"])


def downgrade() -> None:
    op.drop_table("account_reviews")
