"""Since when a guardian has no child; and into whom a guardian was joined.

Revision: 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("guardians", sa.Column("alone_since", UtcDateTime(), nullable=True))
    op.create_table(
        "joined_guardians",
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("guardian_id", name="pk_joined_guardians"),
    )
    op.create_index("ix_joined_guardians_school_id", "joined_guardians", ["school_id"])
    op.create_table(
        "joined_contact_points",
        sa.Column("contact_point_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("contact_point_id", name="pk_joined_contact_points"),
    )
    op.create_index("ix_joined_contact_points_school_id", "joined_contact_points", ["school_id"])


def downgrade() -> None:
    op.drop_table("joined_contact_points")
    op.drop_table("joined_guardians")
    with op.batch_alter_table("guardians") as table:
        table.drop_column("alone_since")
