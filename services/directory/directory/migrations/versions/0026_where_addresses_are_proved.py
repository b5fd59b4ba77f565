"""Where an address was proved: in the browser that asked, or in another one.

What was proved before this is taken as proved elsewhere, which gives nobody anything.

Revision: 0026, after 0024.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "registration_mails",
        sa.Column("proved_here", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("registration_mails", "proved_here")
