"""A roster file is read, compared and applied in the background: how far it is, stands beside it."""

import sqlalchemy as sa
from alembic import op

from common.db.types import Encrypted, Json, UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plans live half an hour; those of the program before cannot be read by this one.
    op.execute("DELETE FROM import_plans")
    with op.batch_alter_table("import_plans") as table:
        table.add_column(sa.Column("stage", sa.Text(), nullable=False))
        table.add_column(sa.Column("stage_at", UtcDateTime(), nullable=False))
        table.add_column(sa.Column("asked_at", UtcDateTime(), nullable=False))
        table.add_column(sa.Column("rows", sa.Integer(), nullable=True))
        table.add_column(sa.Column("trouble", Json, nullable=True))
        table.add_column(sa.Column("asked", Encrypted(), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM import_plans")
    with op.batch_alter_table("import_plans") as table:
        for column in ("asked", "trouble", "rows", "asked_at", "stage_at", "stage"):
            table.drop_column(column)
