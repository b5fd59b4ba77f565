"""Whether administrators are told every Monday how families are reached.

Revision: 0018, after 0017. Every school begins with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("schools") as schools:
        schools.add_column(
            sa.Column("weekly_summary", sa.Boolean(), nullable=False, server_default=sa.true())
        )


def downgrade() -> None:
    with op.batch_alter_table("schools") as schools:
        schools.drop_column("weekly_summary")
