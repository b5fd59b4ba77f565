"""What is filled in, what was deleted, who told a family otherwise, and which contact point a press proves.

Revision: 0006, after 0005. Messages that were sent before keep the words their families could read already, and presses on record
prove the contact points that can only have brought them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from common.bus import tables
from common.db import Json, UtcDateTime
from common.schemas import Envelope

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PROVED = """
    SELECT o.school_id, o.contact_point_id, max(r.confirmed_at) AS proved_at
    FROM recipients r JOIN outcomes o ON o.recipient_id = r.id
    WHERE r.confirmed_at IS NOT NULL AND o.state = 'accepted' AND o.guardian_id = r.confirmed_by
      AND NOT EXISTS (
        SELECT 1 FROM outcomes other
        WHERE other.recipient_id = r.id AND other.guardian_id = r.confirmed_by
          AND other.contact_point_id <> o.contact_point_id AND other.state = 'accepted'
      )
    GROUP BY o.school_id, o.contact_point_id
"""
AT_ONCE = 500
# Two first migrations at once could bring each supplied template twice. Nobody could change them: one is as good as the other.
SUPPLIED_TWICE = """
    DELETE FROM templates WHERE school_id IS NULL AND EXISTS (
        SELECT 1 FROM templates other
        WHERE other.school_id IS NULL AND other.key = templates.key AND other.id < templates.id
    )
"""
SUPPLIED = sa.text("school_id IS NULL")


def upgrade() -> None:
    _tell_what_is_proved()  # first: it reads much, and the tables are held for nobody while it does
    empty = sa.text("'[]'")
    with op.batch_alter_table("messages") as messages:
        messages.add_column(sa.Column("template_id", sa.Uuid(), nullable=True))
        messages.add_column(sa.Column("blanks", Json, nullable=False, server_default=empty))
        messages.add_column(sa.Column("kept_brackets", Json, nullable=False, server_default=empty))
        messages.add_column(sa.Column("deleted_at", UtcDateTime(), nullable=True))
        messages.add_column(sa.Column("family_label", sa.String(), nullable=True))
        messages.add_column(sa.Column("staff_heads", sa.Integer(), nullable=False, server_default=sa.text("0")))
    with op.batch_alter_table("templates") as templates:
        templates.add_column(sa.Column("whole_school", sa.Boolean(), nullable=False, server_default=sa.false()))
        templates.add_column(sa.Column("today_blanks", Json, nullable=False, server_default=empty))
    op.execute(SUPPLIED_TWICE)
    op.create_index("uq_templates_supplied_key", "templates", ["key"], unique=True, postgresql_where=SUPPLIED, sqlite_where=SUPPLIED)
    with op.batch_alter_table("recipients") as recipients:
        recipients.add_column(sa.Column("told_at", UtcDateTime(), nullable=True))
        recipients.add_column(sa.Column("told_by", sa.Uuid(), nullable=True))
        recipients.add_column(sa.Column("told_by_name", sa.String(), nullable=True))
        recipients.add_column(sa.Column("told_how", sa.String(), nullable=True))
    op.add_column("outcomes", sa.Column("proved_at", UtcDateTime(), nullable=True))
    _keep_family_labels()


def _keep_family_labels() -> None:
    """Name the audiences of messages that were sent as families could read them until now."""
    messages = sa.table(
        "messages",
        sa.column("id", sa.Uuid()),
        sa.column("audience", Json),
        sa.column("audience_label", sa.String()),
        sa.column("family_label", sa.String()),
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(messages.c.id, messages.c.audience, messages.c.audience_label).where(messages.c.audience_label.is_not(None))
    ).all()
    readable = [
        {"message_id": row.id, "label": row.audience_label}
        for row in rows
        if not row.audience.get("member_ids") and not row.audience.get("excluded_member_ids")
    ]
    if readable:
        named = messages.c.id == sa.bindparam("message_id")
        connection.execute(sa.update(messages).where(named).values(family_label=sa.bindparam("label")), readable)


def _tell_what_is_proved() -> None:
    """Put into the outbox which contact points presses on record have proved: directory keeps it."""
    connection = op.get_bind()
    columns: list[sa.ColumnClause[Any]] = [
        sa.column("school_id", sa.Uuid()),
        sa.column("contact_point_id", sa.Uuid()),
        sa.column("proved_at", UtcDateTime()),
    ]
    proved = connection.execute(sa.text(PROVED).columns(*columns)).all()
    events = []
    for row in proved:
        payload = {"contact_point_id": row.contact_point_id, "proved_at": row.proved_at}
        events.append(Envelope.of("contact_point.proved", row.school_id, payload))
    rows = [
        {
            "id": event.id,
            "type": event.type,
            "routing_key": event.type,
            "school_id": event.school_id,
            "body": event.dump(),
            "created_at": event.occurred_at,
        }
        for event in events
    ]
    for start in range(0, len(rows), AT_ONCE):
        connection.execute(sa.insert(tables.outbox), rows[start : start + AT_ONCE])


def downgrade() -> None:
    op.drop_column("outcomes", "proved_at")
    with op.batch_alter_table("recipients") as recipients:
        for name in ("told_at", "told_by", "told_by_name", "told_how"):
            recipients.drop_column(name)
    op.drop_index("uq_templates_supplied_key", "templates")
    with op.batch_alter_table("templates") as templates:
        templates.drop_column("whole_school")
        templates.drop_column("today_blanks")
    with op.batch_alter_table("messages") as messages:
        for name in ("template_id", "blanks", "kept_brackets", "deleted_at", "family_label", "staff_heads"):
            messages.drop_column(name)
