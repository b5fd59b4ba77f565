"""The chain of the operation log: hashes of lines, signed checkpoints, positions that are given later.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

from common.db import is_postgres

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SHOWN, FIRST, WAITING = sa.text("under_id IS NULL"), sa.text("first_on IS NOT NULL"), sa.text("hash IS NULL")
DAY_IN_JAPAN = "CAST(at AT TIME ZONE 'Asia/Tokyo' AS date)"
DAY_IN_JAPAN_ON_SQLITE = "date(at, '+9 hours')"
# The first confirmation of a message, a kind of people and a day; a second one, should there be one, stays as it is.
MARK_FIRST = """
UPDATE operation_log SET first_on = line.day
FROM (
  SELECT id, {day} AS day, row_number() OVER (PARTITION BY school_id, target_id, actor_kind, {day} ORDER BY position) AS place
  FROM operation_log
  WHERE action = 'message.confirmed' AND school_id IS NOT NULL AND target_id IS NOT NULL AND under_id IS NULL
) AS line
WHERE line.id = operation_log.id AND line.place = 1
"""


def mark_first(connection: sa.Connection) -> sa.TextClause:
    """Return the statement that marks the first lines so far, as this database says it."""
    day = DAY_IN_JAPAN if is_postgres(connection) else DAY_IN_JAPAN_ON_SQLITE
    return sa.text(MARK_FIRST.format(day=day))


def upgrade() -> None:
    _drop_indexes_of_pages()
    with op.batch_alter_table("operation_log") as table:
        table.alter_column("position", existing_type=sa.BigInteger(), nullable=True)
        table.add_column(sa.Column("first_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("hash", sa.LargeBinary(length=32), nullable=True))
    op.execute(mark_first(op.get_bind()))
    _index_pages_by("id")
    _index("waiting", ["school_id", "position"], WAITING)
    _index("first", ["school_id", "target_id", "action", "actor_kind", "first_on"], FIRST, unique=True)
    op.create_table(
        "operation_log_checkpoints",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "position", name=op.f("pk_operation_log_checkpoints")),
    )


def downgrade() -> None:
    op.drop_table("operation_log_checkpoints")
    for name in ("first", "waiting"):
        op.drop_index(f"ix_operation_log_{name}", table_name="operation_log")
    _drop_indexes_of_pages()
    with op.batch_alter_table("operation_log") as table:
        table.drop_column("hash")
        table.drop_column("first_on")
    # `position` may stay empty: a line that waits for its seal has none.
    _index_pages_by("position")


def _drop_indexes_of_pages() -> None:
    for name in ("shown", "shown_actor"):
        op.drop_index(f"ix_operation_log_{name}", table_name="operation_log")


def _index_pages_by(tie: str) -> None:
    """Index the shown lines by time, and within one moment by a column that keeps its value."""
    _index("shown", ["school_id", "at", tie], SHOWN)
    _index("shown_actor", ["school_id", "actor_id", "at", tie], SHOWN)


def _index(name: str, columns: list[str], where: sa.TextClause, unique: bool = False) -> None:
    op.create_index(
        f"ix_operation_log_{name}", "operation_log", columns, unique=unique, postgresql_where=where, sqlite_where=where
    )
