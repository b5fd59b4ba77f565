"""Lines of the operation log that are folded under another, and the order of time.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

from common.db import is_postgres

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SHOWN, FOLDED = sa.text("under_id IS NULL"), sa.text("under_id IS NOT NULL")
DAY_IN_JAPAN = "CAST(at AT TIME ZONE 'Asia/Tokyo' AS date)"
DAY_IN_JAPAN_ON_SQLITE = "date(at, '+9 hours')"
# The confirmations so far: the first of a message, a kind of people and a day stays, the others go under it.
FOLD = """
UPDATE operation_log SET under_id = line.first_id
FROM (
  SELECT id, first_value(id) OVER (PARTITION BY school_id, target_id, actor_kind, {day} ORDER BY position) AS first_id
  FROM operation_log
  WHERE action = 'message.confirmed' AND school_id IS NOT NULL
) AS line
WHERE line.id = operation_log.id AND line.first_id <> line.id
"""


def fold(connection: sa.Connection) -> sa.TextClause:
    """Return the statement that folds the confirmations so far, as this database says it."""
    day = DAY_IN_JAPAN if is_postgres(connection) else DAY_IN_JAPAN_ON_SQLITE
    return sa.text(FOLD.format(day=day))


def upgrade() -> None:
    op.add_column("operation_log", sa.Column("under_id", sa.Uuid(), nullable=True))
    op.execute(fold(op.get_bind()))
    for name, columns, where in (
        ("shown", ["school_id", "at", "position"], SHOWN),
        ("shown_actor", ["school_id", "actor_id", "at", "position"], SHOWN),
        ("folded", ["under_id", "at"], FOLDED),
    ):
        op.create_index(f"ix_operation_log_{name}", "operation_log", columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name in ("shown", "shown_actor", "folded"):
        op.drop_index(f"ix_operation_log_{name}", table_name="operation_log")
    op.drop_column("operation_log", "under_id")
