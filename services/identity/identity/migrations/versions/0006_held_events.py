"""Events that wait for another house stand in a table of their own; a relay finds urgent events first.

Revision: 0006, after 0005.
"""

from alembic import op

from common.bus.steps import add_held_events, drop_held_events

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_held_events(op)


def downgrade() -> None:
    drop_held_events(op)
