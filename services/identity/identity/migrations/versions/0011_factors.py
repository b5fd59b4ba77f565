"""Second factors of staff and their recovery codes; what a session has proved and what it waits for.

Revision: 0011, after 0010. Who is signed in has no factor yet, and goes on.
"""

import sqlalchemy as sa
from alembic import op

from common.db import Encrypted, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OF_SESSIONS = ("factor_at", "confirmed_at", "offered_secret", "challenge", "challenged_at")


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("secret", Encrypted(), nullable=True),
        sa.Column("credential_id", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('totp', 'passkey')", name=op.f("ck_second_factors_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_second_factors_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factors")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_second_factors_credential_id")),
    )
    op.create_index(op.f("ix_second_factors_account_id"), "second_factors", ["account_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id_accounts")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_account_id"), "recovery_codes", ["account_id"])
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("factor_at", UtcDateTime(), nullable=True))
        sessions.add_column(sa.Column("confirmed_at", UtcDateTime(), nullable=True))
        sessions.add_column(sa.Column("offered_secret", Encrypted(), nullable=True))
        sessions.add_column(sa.Column("challenge", sa.LargeBinary(32), nullable=True))
        sessions.add_column(sa.Column("challenged_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("sessions") as sessions:
        for name in OF_SESSIONS:
            sessions.drop_column(name)
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
