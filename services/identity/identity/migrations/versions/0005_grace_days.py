"""For how many days a school's data is kept after its contract's end: identity itself says when an erasure may begin.

Revision: 0005, after 0004. Ends of before have none: of these retention alone counts the days.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contracts", sa.Column("grace_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("contracts", "grace_days")
