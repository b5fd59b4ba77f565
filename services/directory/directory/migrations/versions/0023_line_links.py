"""LINE users that families are about to link.

Revision: 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("guardian_id", sa.Uuid(), nullable=True),
        sa.Column("terms_version", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=True),
        sa.Column("contact_point_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_line_links"),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name="fk_line_links_registration_id_registrations",
        ),
    )
    for column in ("school_id", "registration_id", "expires_at"):
        op.create_index(f"ix_line_links_{column}", "line_links", [column])


def downgrade() -> None:
    op.drop_table("line_links")
