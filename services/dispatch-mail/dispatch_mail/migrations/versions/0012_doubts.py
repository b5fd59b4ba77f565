"""When directory was told that a mail came back, or was refused once.

Revision: 0012, after 0010.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

BAD = "(told_dead_at IS NOT NULL OR told_doubt_at IS NOT NULL) AND told_well_at IS NULL"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("told_doubt_at", UtcDateTime(), nullable=True))
    where = sa.text(BAD)
    op.create_index(
        "ix_deliveries_bad",
        "deliveries",
        ["contact_point_id"],
        postgresql_where=where,
        sqlite_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_bad", "deliveries")
    op.drop_column("deliveries", "told_doubt_at")
