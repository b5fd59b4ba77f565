"""Temporary passwords are derived; a role has a scope and days, a school its settings, a session its number.

Revision: 0008, after 0007. Passwords of before stay valid. Senders were limited to own classes and
groups by their role, and keep that as their scope. Open sessions end, because they have no number.
"""

import sqlalchemy as sa
from alembic import op

from common.db import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATUS = "ck_staff_roles_status"
SCOPE = "ck_staff_roles_scope"
FACTOR_FOR = "ck_schools_factor_for"


def upgrade() -> None:
    _upgrade_schools()
    with op.batch_alter_table("accounts") as accounts:
        accounts.alter_column("password_hash", existing_type=sa.String(60), nullable=True)
        accounts.add_column(_number("password_version", "0"))
        accounts.add_column(sa.Column("temporary_until", UtcDateTime(), nullable=True))
    _upgrade_roles()
    op.execute("DELETE FROM sessions")
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("number", sa.Uuid(), nullable=False))
        sessions.add_column(sa.Column("browser", sa.String(60), nullable=False, server_default=""))
        sessions.alter_column("school_id", existing_type=sa.Uuid(), nullable=True)
        sessions.alter_column("staff_role_id", existing_type=sa.Uuid(), nullable=True)
        sessions.create_unique_constraint(op.f("uq_sessions_number"), ["number"])


def _upgrade_schools() -> None:
    with op.batch_alter_table("schools") as schools:
        schools.add_column(sa.Column("pupil_word", sa.String(10), nullable=False, server_default=""))
        schools.add_column(_number("password_length", "12"))
        schools.add_column(_number("temporary_days", "7"))
        schools.add_column(_number("idle_minutes", "60"))
        schools.add_column(_number("session_hours", "12"))
        schools.add_column(sa.Column("factor_for", sa.String(15), nullable=False, server_default="nobody"))
        schools.add_column(sa.Column("own_messages_only", sa.Boolean(), nullable=False, server_default=sa.false()))
        schools.add_column(_number("alarm_records", "100"))
        schools.add_column(sa.Column("changed_at", UtcDateTime(), nullable=True))
        schools.create_check_constraint(op.f(FACTOR_FOR), "factor_for IN ('nobody', 'administrators', 'everybody')")


def _upgrade_roles() -> None:
    with op.batch_alter_table("staff_roles") as roles:
        roles.add_column(sa.Column("scope", sa.String(10), nullable=False, server_default="school"))
        roles.add_column(sa.Column("starts_on", sa.Date(), nullable=True))
        roles.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        roles.add_column(sa.Column("deleted_at", UtcDateTime(), nullable=True))
        roles.add_column(sa.Column("last_sign_in_at", UtcDateTime(), nullable=True))
        roles.drop_constraint(op.f(STATUS), type_="check")
        roles.create_check_constraint(op.f(STATUS), "status IN ('active', 'ended', 'deleted')")
        roles.create_check_constraint(op.f(SCOPE), "scope IN ('school', 'own')")
    op.execute("UPDATE staff_roles SET scope = 'own' WHERE role = 'sender'")
    with op.batch_alter_table("staff_roles") as roles:
        roles.alter_column("scope", existing_type=sa.String(10), existing_nullable=False, server_default=None)


def _number(name: str, default: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text(default))


def downgrade() -> None:
    """Go back; who has a temporary password only gets none, because it can't be told without it."""
    op.execute("DELETE FROM sessions")
    op.execute("DELETE FROM staff_roles WHERE status = 'deleted'")
    op.execute("UPDATE accounts SET password_hash = '' WHERE password_hash IS NULL")
    with op.batch_alter_table("sessions") as sessions:
        sessions.drop_constraint(op.f("uq_sessions_number"), type_="unique")
        sessions.drop_column("number")
        sessions.drop_column("browser")
        sessions.alter_column("school_id", existing_type=sa.Uuid(), nullable=False)
        sessions.alter_column("staff_role_id", existing_type=sa.Uuid(), nullable=False)
    with op.batch_alter_table("staff_roles") as roles:
        roles.drop_constraint(op.f(STATUS), type_="check")
        roles.drop_constraint(op.f(SCOPE), type_="check")
        roles.create_check_constraint(op.f(STATUS), "status IN ('active', 'ended')")
        for name in ("scope", "starts_on", "ends_on", "deleted_at", "last_sign_in_at"):
            roles.drop_column(name)
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_column("temporary_until")
        accounts.drop_column("password_version")
        accounts.alter_column("password_hash", existing_type=sa.String(60), nullable=False)
    with op.batch_alter_table("schools") as schools:
        schools.drop_constraint(op.f(FACTOR_FOR), type_="check")
        for name in (
            "pupil_word",
            "password_length",
            "temporary_days",
            "idle_minutes",
            "session_hours",
            "factor_for",
            "own_messages_only",
            "alarm_records",
            "changed_at",
        ):
            schools.drop_column(name)
