"""A reader has the child's name and class as they were; who may no longer read is revoked.

Revision: 0009, after 0008. What was sent before gets its names from directory, by a job.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UNNAMED = sa.text("NOT readers_named")


def upgrade() -> None:
    op.add_column("message_readers", sa.Column("display_name", sa.String(), nullable=True))
    op.add_column("message_readers", sa.Column("class_name", sa.String(), nullable=True))
    named: sa.Column[bool] = sa.Column("readers_named", sa.Boolean(), nullable=False, server_default=sa.true())
    op.add_column("messages", named)
    op.execute("UPDATE messages SET readers_named = false WHERE released_at IS NOT NULL")
    op.create_index("ix_messages_unnamed", "messages", ["link_expires_at"], postgresql_where=UNNAMED, sqlite_where=UNNAMED)
    op.create_table(
        "revoked_guardianships",
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("guardian_id", "member_id", name="pk_revoked_guardianships"),
    )
    op.create_table(
        "revoked_points",
        sa.Column("contact_point_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("contact_point_id", name="pk_revoked_points"),
    )


def downgrade() -> None:
    op.drop_table("revoked_points")
    op.drop_table("revoked_guardianships")
    op.drop_index("ix_messages_unnamed", "messages")
    with op.batch_alter_table("messages") as messages:
        messages.drop_column("readers_named")
    with op.batch_alter_table("message_readers") as readers:
        readers.drop_column("class_name")
        readers.drop_column("display_name")
