"""What refusals say about an address, and what directory was told of it.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = {
    "unjudged": (["settled_at"], "reason = 'user_unknown' AND counts IS NULL"),
    "judged": (["contact_point_id"], "counts IS NOT NULL"),
    "dead": (["contact_point_id"], "told_dead_at IS NOT NULL AND told_well_at IS NULL"),
    "accepted": (["contact_point_id", "settled_at"], "state = 'accepted'"),
    "answered": (["route", "state", "settled_at"], "state IN ('accepted', 'refused')"),
}


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("counts", sa.Boolean(), nullable=True))
    op.add_column("deliveries", sa.Column("told_dead_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("deliveries", sa.Column("told_well_at", sa.DateTime(timezone=True), nullable=True))
    for name, (columns, condition) in INDEXES.items():
        where = sa.text(condition)
        op.create_index(f"ix_deliveries_{name}", "deliveries", columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f"ix_deliveries_{name}", "deliveries")
    for column in ("told_well_at", "told_dead_at", "counts"):
        op.drop_column("deliveries", column)
