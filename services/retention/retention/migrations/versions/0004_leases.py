"""The lease by which one clock leads.

Revision: 0004, after 0003.
"""

from alembic import op

from common.bus.steps import add_leases, drop_leases

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_leases(op)


def downgrade() -> None:
    drop_leases(op)
