"""An answer may be `bounced`: the mail came back after it had been accepted.

Revision: 0013, after 0012.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECK = "ck_outcomes_state"
BEFORE = "'accepted', 'refused', 'expired', 'unknown', 'cancelled', 'nothing'"
NOW = "'accepted', 'refused', 'expired', 'unknown', 'cancelled', 'bounced', 'nothing'"


def upgrade() -> None:
    _allow(NOW)


def downgrade() -> None:
    op.execute("UPDATE outcomes SET state = 'refused' WHERE state = 'bounced'")
    _allow(BEFORE)


def _allow(states: str) -> None:
    with op.batch_alter_table("outcomes") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.create_check_constraint(op.f(CHECK), f"state IN ({states})")
