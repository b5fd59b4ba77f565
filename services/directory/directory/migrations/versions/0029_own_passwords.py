"""Own passwords of guardians, by which they come to their page.

Revision: 0029, after 0028.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_passwords",
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("chosen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardians.id"], name="fk_own_passwords_guardian_id_guardians"
        ),
        sa.PrimaryKeyConstraint("guardian_id", name="pk_own_passwords"),
    )
    op.create_index("ix_own_passwords_school_id", "own_passwords", ["school_id"])


def downgrade() -> None:
    op.drop_table("own_passwords")
