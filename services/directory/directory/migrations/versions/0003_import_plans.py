"""Roster files between their preview and their application."""

import sqlalchemy as sa
from alembic import op

from sqlalchemy.dialects import postgresql

from common.db.types import Encrypted, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "import_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        sa.Column("roster_version", sa.Text(), nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("content", Encrypted(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_plans")),
    )
    op.create_index("ix_import_plans_expires_at", "import_plans", ["expires_at"], unique=False)
    op.create_index("ix_import_plans_school_id", "import_plans", ["school_id"], unique=False)


def downgrade() -> None:
    op.drop_table("import_plans")
