"""Which guardian was found to be another one: their old links stand and fall together.

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "joined_readers",
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("guardian_id", name="pk_joined_readers"),
    )
    op.create_index("ix_joined_readers_into_id", "joined_readers", ["into_id"])


def downgrade() -> None:
    op.drop_table("joined_readers")
