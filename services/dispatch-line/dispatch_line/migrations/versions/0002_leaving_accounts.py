"""Which account leaves with which school.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("leaves_with", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("accounts", "leaves_with")
