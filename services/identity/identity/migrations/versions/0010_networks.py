"""A school's own networks, from which wrong tries to sign in don't slow its own accounts.

Revision: 0010, after 0009. In `login_tries` an index of before is one that nobody looks for: it goes within a day.
"""

import sqlalchemy as sa
from alembic import op

from common.db import Json

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("schools", sa.Column("networks", Json, nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    op.drop_column("schools", "networks")
