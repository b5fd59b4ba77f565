"""When a stop of a contact point was last taken back: a stop from before it that arrives late counts no more."""

import sqlalchemy as sa
from alembic import op

from common.db.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact_points", sa.Column("resumed_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("contact_points", "resumed_at")
