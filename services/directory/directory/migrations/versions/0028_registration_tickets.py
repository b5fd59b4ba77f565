"""What takes a registration over into the page that a phone installs.

Revision: 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

DIGEST = "uq_registrations_ticket_digest"


def upgrade() -> None:
    op.add_column("registrations", sa.Column("ticket_digest", sa.LargeBinary(32), nullable=True))
    op.add_column("registrations", sa.Column("ticket_expires_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("registrations") as table:
        table.create_unique_constraint(DIGEST, ["ticket_digest"])


def downgrade() -> None:
    with op.batch_alter_table("registrations") as table:
        table.drop_constraint(DIGEST, type_="unique")
        table.drop_column("ticket_expires_at")
        table.drop_column("ticket_digest")
