"""Since when a guardian has no child.

Revision: 0018, after 0013.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0018"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("guardians", sa.Column("alone_since", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("guardians") as table:
        table.drop_column("alone_since")
