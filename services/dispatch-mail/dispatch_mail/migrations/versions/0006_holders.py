"""Who holds a claimed row, so that others see within seconds that its holder died.

Revision: 0006, after 0005. What the version before has claimed has no holder; its lease decides, as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.Column("beaten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holders")),
    )
    op.add_column("deliveries", sa.Column("holder", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("deliveries", "holder")
    op.drop_table("holders")
