"""What schools add to their registration sheets.

Revision: 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sheet_texts",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", name="pk_sheet_texts"),
    )


def downgrade() -> None:
    op.drop_table("sheet_texts")
