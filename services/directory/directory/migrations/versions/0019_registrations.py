"""Families on their way in: registrations, the addresses they prove, and tries to guess.

Revision: 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registrations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.Text(), nullable=True),
        sa.Column("agreed_at", UtcDateTime(), nullable=True),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("language IN ('ja', 'en')", name="language"),
        sa.PrimaryKeyConstraint("id", name="pk_registrations"),
        sa.UniqueConstraint("token_digest", name="uq_registrations_token_digest"),
    )
    op.create_index("ix_registrations_school_id", "registrations", ["school_id"])
    op.create_index("ix_registrations_expires_at", "registrations", ["expires_at"])
    op.create_table(
        "registration_children",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('entered', 'linked', 'held', 'refused')",
            name="state",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_registration_children_member_id_members"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name="fk_registration_children_registration_id_registrations",
        ),
        sa.PrimaryKeyConstraint("registration_id", "member_id", name="pk_registration_children"),
    )
    op.create_index("ix_registration_children_member_id", "registration_children", ["member_id"])
    op.create_index(
        "ix_registration_children_school_id_settled_at",
        "registration_children",
        ["school_id", "settled_at"],
    )
    op.create_table(
        "registration_mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=True),
        sa.Column("contact_point_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name="fk_registration_mails_registration_id_registrations",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_registration_mails"),
    )
    op.create_index(
        "ix_registration_mails_registration_id", "registration_mails", ["registration_id"]
    )
    op.create_index("ix_registration_mails_expires_at", "registration_mails", ["expires_at"])
    op.create_index(
        "ix_registration_mails_school_id_address_index_asked_at",
        "registration_mails",
        ["school_id", "address_index", "asked_at"],
    )
    op.create_table(
        "family_tellings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("contact_point_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_family_tellings"),
    )
    op.create_index("ix_family_tellings_school_id", "family_tellings", ["school_id"])
    op.create_index("ix_family_tellings_told_at", "family_tellings", ["told_at"])
    op.create_table(
        "registration_tries",
        sa.Column("tries_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("tried_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tries_index", name="pk_registration_tries"),
    )
    op.create_index("ix_registration_tries_tried_at", "registration_tries", ["tried_at"])
    op.create_table(
        "registration_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("network_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registration_attempts"),
    )
    op.create_index("ix_registration_attempts_at", "registration_attempts", ["at"])
    op.create_index(
        "ix_registration_attempts_network_index_at",
        "registration_attempts",
        ["network_index", "at"],
    )


def downgrade() -> None:
    op.drop_table("registration_attempts")
    op.drop_table("registration_tries")
    op.drop_table("family_tellings")
    op.drop_table("registration_mails")
    op.drop_table("registration_children")
    op.drop_table("registrations")
