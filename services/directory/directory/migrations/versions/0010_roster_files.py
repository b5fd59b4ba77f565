"""A day of birth and a remark of a child; an uploaded roster file is kept until it is applied."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("birth_date", sa.Date()))
        table.add_column(sa.Column("note", sa.Text()))
    # Plans live half an hour; those of the program before cannot be read by this one.
    op.execute("DELETE FROM import_plans")
    with op.batch_alter_table("import_plans") as table:
        table.add_column(sa.Column("upload", sa.LargeBinary(), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM import_plans")
    with op.batch_alter_table("import_plans") as table:
        table.drop_column("upload")
    with op.batch_alter_table("members") as table:
        table.drop_column("note")
        table.drop_column("birth_date")
