"""How far those are who register in the talk.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "talk_registrations",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("user_index", sa.LargeBinary(32), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("login_id", sa.LargeBinary(), nullable=True),
        sa.Column("terms_version", sa.Text(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('school', 'login_id', 'passcode', 'more')",
            name=op.f("ck_talk_registrations_step"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_talk_registrations_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "user_index", name=op.f("pk_talk_registrations")),
    )
    op.create_index(op.f("ix_talk_registrations_school_id"), "talk_registrations", ["school_id"])
    op.create_index(op.f("ix_talk_registrations_expires_at"), "talk_registrations", ["expires_at"])


def downgrade() -> None:
    op.drop_table("talk_registrations")
