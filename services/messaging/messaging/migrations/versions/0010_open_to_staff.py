"""A message can be opened to colleagues where a school shows own messages only (ID-7).

Revision: 0010, after 0009. What was sent before is open to nobody but its author there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "messages",
        sa.Column("open_to_staff", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("messages", "open_to_staff")
