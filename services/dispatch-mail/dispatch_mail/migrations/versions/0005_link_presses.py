"""What a family last said by a one-click link, so that many presses of one button are one event.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_presses",
        sa.Column("contact_point_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("contact_point_id", name=op.f("pk_link_presses")),
    )
    op.create_index(op.f("ix_link_presses_pressed_at"), "link_presses", ["pressed_at"])


def downgrade() -> None:
    op.drop_table("link_presses")
