"""For which classes a message was released, by the groups that hold them.

Revision: 0003, after 0002. Of messages that were released before, only the class itself is known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILL = """
    INSERT INTO message_classes (school_id, message_id, group_id, class_id)
    SELECT DISTINCT school_id, message_id, class_id, class_id FROM recipients WHERE class_id IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "message_classes",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "group_id", "class_id", name=op.f("pk_message_classes")),
    )
    op.execute(FILL)


def downgrade() -> None:
    op.drop_table("message_classes")
