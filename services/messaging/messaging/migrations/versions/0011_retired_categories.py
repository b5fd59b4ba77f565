"""A category is retired instead of deleted, and has a version (MSG-3).

Revision: 0011, after 0010. Every category of before is in use.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "categories",
        sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")),
    )
    op.add_column("categories", sa.Column("retired_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("categories", "retired_at")
    op.drop_column("categories", "version")
