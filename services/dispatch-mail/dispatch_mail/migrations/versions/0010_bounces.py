"""When a mail came back after it had been accepted, and why.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UNJUDGED_BEFORE = "reason = 'user_unknown' AND counts IS NULL"
UNJUDGED = "(reason = 'user_unknown' OR bounce_reason = 'user_unknown') AND counts IS NULL"
ACCEPTED_BEFORE = "state = 'accepted'"
ACCEPTED = "state = 'accepted' AND bounced_at IS NULL"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("bounced_at", UtcDateTime(), nullable=True))
    op.add_column("deliveries", sa.Column("bounce_reason", sa.String(30), nullable=True))
    _replace_indexes(UNJUDGED, ACCEPTED)
    _index("bounced", ["route", "bounced_at"], "bounced_at IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_deliveries_bounced", "deliveries")
    _replace_indexes(UNJUDGED_BEFORE, ACCEPTED_BEFORE)
    op.drop_column("deliveries", "bounce_reason")
    op.drop_column("deliveries", "bounced_at")


def _replace_indexes(unjudged: str, accepted: str) -> None:
    op.drop_index("ix_deliveries_unjudged", "deliveries")
    op.drop_index("ix_deliveries_accepted", "deliveries")
    _index("unjudged", ["settled_at"], unjudged)
    _index("accepted", ["contact_point_id", "settled_at"], accepted)


def _index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(
        f"ix_deliveries_{name}",
        "deliveries",
        columns,
        postgresql_where=where,
        sqlite_where=where,
    )
