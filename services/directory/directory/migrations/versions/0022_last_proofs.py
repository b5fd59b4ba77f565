"""When what is sent to a contact point last proved to arrive; and whom nothing reached, by week.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

from common.db import Json, UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact_points", sa.Column("last_proved_at", UtcDateTime(), nullable=True))
    op.add_column(
        "family_tellings", sa.Column("kind", sa.Text(), nullable=False, server_default="added")
    )
    op.create_table(
        "reach_weeks",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("monday", sa.Date(), nullable=False),
        sa.Column("unreachable", Json, nullable=False),
        sa.PrimaryKeyConstraint("school_id", "monday", name="pk_reach_weeks"),
    )


def downgrade() -> None:
    op.drop_table("reach_weeks")
    op.drop_column("family_tellings", "kind")
    op.drop_column("contact_points", "last_proved_at")
