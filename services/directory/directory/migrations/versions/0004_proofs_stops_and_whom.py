"""When a contact point was proved and stopped, and how many pupils and staff a frozen audience holds."""

import sqlalchemy as sa
from alembic import op

from common.db.types import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

snapshots = sa.table(
    "snapshots",
    sa.column("id", sa.Uuid()),
    sa.column("audience", Json),
    sa.column("label", sa.Text()),
    sa.column("heads", sa.Integer()),
    sa.column("summary", Json),
)
snapshot_members = sa.table("snapshot_members", sa.column("snapshot_id", sa.Uuid()), sa.column("member_id", sa.Uuid()))
members = sa.table("members", sa.column("id", sa.Uuid()), sa.column("kind", sa.Text()))
groups = sa.table("groups", sa.column("id", sa.Uuid()), sa.column("kind", sa.Text()))


def upgrade() -> None:
    op.add_column("contact_points", sa.Column("proved_at", UtcDateTime(), nullable=True))
    op.add_column("contact_points", sa.Column("stopped_at", UtcDateTime(), nullable=True))
    _say_whom(op.get_bind())


def _say_whom(connection: sa.Connection) -> None:
    """Count pupils and staff of the audiences that are there, and give families the label where it is safe for them."""
    staff_groups = {str(group_id) for group_id in connection.scalars(sa.select(groups.c.id).where(groups.c.kind == "staff"))}
    counted = (
        sa.select(snapshot_members.c.snapshot_id, sa.func.count())
        .join(members, members.c.id == snapshot_members.c.member_id)
        .where(members.c.kind == "staff")
        .group_by(snapshot_members.c.snapshot_id)
    )
    staff_heads = {snapshot_id: heads for snapshot_id, heads in connection.execute(counted)}
    for row in connection.execute(sa.select(snapshots)).all():
        staff = staff_heads.get(row.id, 0)
        audience = row.audience
        names_somebody = bool(audience["member_ids"] or audience["excluded_member_ids"])
        names_staff = not staff_groups.isdisjoint(audience["group_ids"])
        is_safe = not names_somebody and not names_staff and row.heads > staff
        whom = {
            "family_label": row.label if is_safe else None,
            "pupil_heads": row.heads - staff,
            "staff_heads": staff,
        }
        connection.execute(sa.update(snapshots).where(snapshots.c.id == row.id).values(summary=whom | row.summary))


def downgrade() -> None:
    op.drop_column("contact_points", "stopped_at")
    op.drop_column("contact_points", "proved_at")
