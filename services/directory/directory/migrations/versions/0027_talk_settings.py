"""Which schools let families register in the LINE talk.

Revision: 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "talk_settings",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("is_allowed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", name="pk_talk_settings"),
    )


def downgrade() -> None:
    op.drop_table("talk_settings")
