"""When what is sent to a contact point last proved to arrive.

Revision: 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact_points", sa.Column("last_proved_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("contact_points", "last_proved_at")
