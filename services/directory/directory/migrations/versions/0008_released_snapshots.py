"""Which frozen audiences a message goes to, so that the others can be deleted.

Nobody has noted it of those that are there: they stay, because a message may still be on its way to
one.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

from common.db.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UNRELEASED = sa.text("released_at IS NULL")


def upgrade() -> None:
    op.add_column("snapshots", sa.Column("released_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE snapshots SET released_at = created_at")
    op.create_index(
        "ix_snapshots_unreleased",
        "snapshots",
        ["created_at"],
        postgresql_where=UNRELEASED,
        sqlite_where=UNRELEASED,
    )


def downgrade() -> None:
    op.drop_index("ix_snapshots_unreleased", table_name="snapshots")
    op.drop_column("snapshots", "released_at")
