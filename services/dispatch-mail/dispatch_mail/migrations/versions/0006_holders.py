"""Who holds a claimed row, so that others see within seconds that its holder died.

Revision: 0006, after 0005. What the version before has claimed has no holder; its lease decides, as before.
"""

from alembic import op

from common.delivery.steps import add_holders, drop_holders

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_holders(op)


def downgrade() -> None:
    drop_holders(op)
