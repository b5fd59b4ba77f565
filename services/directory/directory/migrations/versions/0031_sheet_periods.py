"""For how many days the sheets that a school prints from now on are good.

Revision: 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    days = sa.Column("valid_days", sa.Integer(), nullable=False, server_default=sa.text("90"))
    op.add_column("sheet_texts", days)


def downgrade() -> None:
    op.drop_column("sheet_texts", "valid_days")
