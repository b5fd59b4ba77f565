"""The codes by which families register.

Revision: 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_sheets",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("login_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_registration_sheets_member_id_members"
        ),
        sa.PrimaryKeyConstraint("member_id", name="pk_registration_sheets"),
        sa.UniqueConstraint(
            "school_id", "login_id", name="uq_registration_sheets_school_id_login_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("registration_sheets")
