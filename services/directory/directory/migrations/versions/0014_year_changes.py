"""A school plans the classes of its next year, and turns to them (DIR-10).

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

from common.db.types import Json, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "year_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("starts_by", sa.Uuid(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("applied_at", UtcDateTime(), nullable=True),
        sa.Column("first_message_at", UtcDateTime(), nullable=True),
        sa.Column("summary", Json, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_changes")),
        sa.UniqueConstraint("school_id", "fiscal_year", name=op.f("uq_year_changes_school_id_fiscal_year")),
    )
    is_chosen = sa.text("starts_at IS NOT NULL")
    op.create_index(
        "ix_year_changes_starts_at",
        "year_changes",
        ["starts_at"],
        postgresql_where=is_chosen,
        sqlite_where=is_chosen,
    )
    op.create_table(
        "year_places",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("graduates", sa.Boolean(), nullable=False),
        sa.Column("decided", sa.Boolean(), nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.ForeignKeyConstraint(
            ["change_id"], ["year_changes.id"], name=op.f("fk_year_places_change_id_year_changes")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_year_places_group_id_groups")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_year_places_member_id_members")
        ),
        sa.PrimaryKeyConstraint("change_id", "member_id", name=op.f("pk_year_places")),
    )
    for column in ("member_id", "school_id", "group_id"):
        op.create_index(op.f(f"ix_year_places_{column}"), "year_places", [column])


def downgrade() -> None:
    op.drop_table("year_places")
    op.drop_table("year_changes")
