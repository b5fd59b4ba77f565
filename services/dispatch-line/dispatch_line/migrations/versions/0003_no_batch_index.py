"""A batch is found by its message: an index of its own was written three times for every delivery, and read when one is repeated.

Revision: 0003, after 0002.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_deliveries_batch_id"), table_name="deliveries")


def downgrade() -> None:
    op.create_index(op.f("ix_deliveries_batch_id"), "deliveries", ["batch_id"])
