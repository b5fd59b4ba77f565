"""Browsers that families sign in by, and the links that let them in.

Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "family_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("guardian_id", sa.Uuid(), nullable=False),
        sa.Column("contact_point_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["guardians.id"], name="fk_family_sessions_guardian_id_guardians"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_family_sessions"),
    )
    for column in ("school_id", "guardian_id", "contact_point_id", "created_at", "used_at"):
        op.create_index(f"ix_family_sessions_{column}", "family_sessions", [column])
    op.create_table(
        "family_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("contact_point_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('sign_in', 'test')", name="kind"),
        sa.PrimaryKeyConstraint("id", name="pk_family_links"),
    )
    op.create_index("ix_family_links_school_id", "family_links", ["school_id"])
    op.create_index("ix_family_links_expires_at", "family_links", ["expires_at"])
    op.create_table(
        "link_asks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_link_asks"),
    )
    op.create_index("ix_link_asks_school_id", "link_asks", ["school_id"])
    op.create_index("ix_link_asks_place_at", "link_asks", ["place", "asked_at"])
    op.create_index("ix_link_asks_asked_at", "link_asks", ["asked_at"])


def downgrade() -> None:
    op.drop_table("link_asks")
    op.drop_table("family_links")
    op.drop_table("family_sessions")
