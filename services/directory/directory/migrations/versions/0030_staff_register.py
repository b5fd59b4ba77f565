"""Members of staff register their own contact points: who of them a registration is of.

Revision: 0030, after 0029.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("registrations", sa.Column("member_id", sa.Uuid(), nullable=True))
    op.create_index("ix_registrations_member_id", "registrations", ["member_id"])


def downgrade() -> None:
    op.drop_index("ix_registrations_member_id", "registrations")
    op.drop_column("registrations", "member_id")
