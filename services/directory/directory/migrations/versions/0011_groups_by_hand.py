"""Groups that people change: which ones are only planned, how often one was changed, and when one was deleted."""

import sqlalchemy as sa
from alembic import op

from common.db.types import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("groups", sa.Column("planned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("groups", sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column("groups", sa.Column("deleted_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    for name in ("deleted_at", "version", "planned"):
        op.drop_column("groups", name)
