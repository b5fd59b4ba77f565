"""When directory was told that a mail came back, or was refused once; and answers of families.

Revision: 0012, after 0010.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

BAD = "(told_dead_at IS NOT NULL OR told_doubt_at IS NOT NULL) AND told_well_at IS NULL"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("told_doubt_at", UtcDateTime(), nullable=True))
    where = sa.text(BAD)
    op.create_index(
        "ix_deliveries_bad",
        "deliveries",
        ["contact_point_id"],
        postgresql_where=where,
        sqlite_where=where,
    )
    op.create_table(
        "reply_days",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "day", name="pk_reply_days"),
    )
    op.create_table(
        "reply_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("contact_point_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reply_answers"),
        sa.UniqueConstraint("contact_point_id", "day", name="uq_reply_answers_contact_point_id_day"),
    )
    op.create_index("ix_reply_answers_day", "reply_answers", ["day"])


def downgrade() -> None:
    op.drop_table("reply_answers")
    op.drop_table("reply_days")
    op.drop_index("ix_deliveries_bad", "deliveries")
    op.drop_column("deliveries", "told_doubt_at")
