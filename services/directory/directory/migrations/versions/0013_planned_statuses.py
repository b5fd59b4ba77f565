"""A member may have one change of status that is planned for a day to come.

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECK = "ck_members_planned_status"
INDEX = "ix_members_planned_since"
STATUSES = (
    "prospective",
    "enrolled",
    "suspended",
    "transferred",
    "graduated",
    "active",
    "moved",
    "retired",
)


def upgrade() -> None:
    listed = ", ".join(f"'{status}'" for status in STATUSES)
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("planned_status", sa.Text(), nullable=True))
        table.add_column(sa.Column("planned_since", sa.Date(), nullable=True))
        table.create_check_constraint(op.f(CHECK), f"planned_status IN ({listed})")
    is_planned = sa.text("planned_since IS NOT NULL")
    op.create_index(
        INDEX, "members", ["planned_since"], postgresql_where=is_planned, sqlite_where=is_planned
    )


def downgrade() -> None:
    op.drop_index(INDEX, "members")
    with op.batch_alter_table("members") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.drop_column("planned_since")
        table.drop_column("planned_status")
