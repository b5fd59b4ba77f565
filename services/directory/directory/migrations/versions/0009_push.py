"""Contact points of the app are of the channel's kind, `push`."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from common.db.types import Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

contact_points = sa.table("contact_points", sa.column("kind", sa.Text()))
snapshots = sa.table("snapshots", sa.column("id", sa.Uuid()), sa.column("summary", Json))
CHECK = "ck_contact_points_kind"


def upgrade() -> None:
    _rename("app", "push")


def downgrade() -> None:
    _rename("push", "app")


def _rename(old: str, new: str) -> None:
    with op.batch_alter_table("contact_points") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
    op.execute(sa.update(contact_points).where(contact_points.c.kind == old).values(kind=new))
    with op.batch_alter_table("contact_points") as table:
        table.create_check_constraint(op.f(CHECK), f"kind IN ('mail', 'line', '{new}')")
    _rename_in_snapshots(op.get_bind(), old, new)


def _rename_in_snapshots(connection: sa.Connection, old: str, new: str) -> None:
    """Say the new word in the counts of frozen audiences, and in the channels they were counted by."""
    for row in connection.execute(sa.select(snapshots)).all():
        summary = _renamed(row.summary, old, new)
        connection.execute(
            sa.update(snapshots).where(snapshots.c.id == row.id).values(summary=summary)
        )


def _renamed(summary: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    changed = dict(summary)
    if "channels" in summary:
        changed["channels"] = [new if kind == old else kind for kind in summary["channels"]]
    counts = summary.get("contact_points")
    if counts is not None:
        changed["contact_points"] = {
            new if kind == old else kind: count for kind, count in counts.items()
        }
    return changed
