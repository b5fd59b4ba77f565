"""Apps on their way in: the subscription of a phone whose family waits for the office.

Revision: 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_apps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("contact_point_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name="fk_registration_apps_registration_id_registrations",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_registration_apps"),
    )
    op.create_index(
        "ix_registration_apps_registration_id", "registration_apps", ["registration_id"]
    )


def downgrade() -> None:
    op.drop_table("registration_apps")
