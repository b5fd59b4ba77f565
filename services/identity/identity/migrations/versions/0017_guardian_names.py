"""A school says how its lists call guardians, and an account in which language it is written to.

Revision: 0017, after 0016. Every school shows names as before, and every account gets Japanese.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

GUARDIAN_NAMES = "ck_schools_guardian_names"
LANGUAGE = "ck_accounts_language"


def upgrade() -> None:
    with op.batch_alter_table("schools") as schools:
        schools.add_column(
            sa.Column("guardian_names", sa.String(15), nullable=False, server_default="name_and_label")
        )
        schools.create_check_constraint(
            op.f(GUARDIAN_NAMES), "guardian_names IN ('name_and_label', 'label', 'name')"
        )
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("language", sa.String(2), nullable=False, server_default="ja"))
        accounts.create_check_constraint(op.f(LANGUAGE), "language IN ('ja', 'en')")


def downgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_constraint(op.f(LANGUAGE), type_="check")
        accounts.drop_column("language")
    with op.batch_alter_table("schools") as schools:
        schools.drop_constraint(op.f(GUARDIAN_NAMES), type_="check")
        schools.drop_column("guardian_names")
