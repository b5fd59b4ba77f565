"""What the product itself tells staff, until it is sent.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

from common.db import Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("params", Json, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index(op.f("ix_notices_requested_at"), "notices", ["requested_at"])
    columns = ["school_id", "kind", "requested_at"]
    op.create_index(op.f("ix_notices_school_id_kind_requested_at"), "notices", columns)


def downgrade() -> None:
    op.drop_table("notices")
