"""Files of staff between their preview and the settling of their accounts."""

import sqlalchemy as sa
from alembic import op

from sqlalchemy.dialects import postgresql

from common.db.types import Encrypted, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "staff_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        sa.Column("roster_version", sa.Text(), nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("refused", JSON, nullable=True),
        sa.Column("content", Encrypted(), nullable=False),
        sa.Column("upload", Encrypted(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_imports")),
    )
    op.create_index("ix_staff_imports_expires_at", "staff_imports", ["expires_at"], unique=False)
    op.create_index("ix_staff_imports_school_id", "staff_imports", ["school_id"], unique=False)


def downgrade() -> None:
    op.drop_table("staff_imports")
