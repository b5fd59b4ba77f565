"""Every pupil has a 管理番号.

Those who have none are given one in the order in which they came: the fiscal year in which the
pupil was registered and a running number.

Revision: 0012, after 0011.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from common import clock
from common.db.types import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

members = sa.table(
    "members",
    sa.column("id", sa.Uuid()),
    sa.column("school_id", sa.Uuid()),
    sa.column("kind", sa.Text()),
    sa.column("management_number", sa.Text()),
    sa.column("created_at", UtcDateTime()),
)
counters = sa.table(
    "number_counters",
    sa.column("school_id", sa.Uuid()),
    sa.column("fiscal_year", sa.Integer()),
    sa.column("last", sa.Integer()),
)


def upgrade() -> None:
    op.create_table(
        "number_counters",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "fiscal_year", name=op.f("pk_number_counters")),
    )
    _give_numbers(op.get_bind())


def downgrade() -> None:
    op.drop_table("number_counters")


def _give_numbers(connection: sa.Connection) -> None:
    there = sa.select(members.c.school_id, members.c.management_number).where(
        members.c.management_number.is_not(None)
    )
    typed = {(school_id, number) for school_id, number in connection.execute(there)}
    without = connection.execute(
        sa.select(members.c.id, members.c.school_id, members.c.created_at)
        .where(
            members.c.kind == "pupil",
            sa.func.coalesce(members.c.management_number, "") == "",
        )
        .order_by(members.c.school_id, members.c.created_at, members.c.id)
    ).all()
    last: dict[tuple[UUID, int], int] = {}
    given = []
    for row in without:
        year = _year_of(row.created_at)
        running = last.get((row.school_id, year), 0) + 1
        while (row.school_id, _number_of(year, running)) in typed:
            running += 1
        last[row.school_id, year] = running
        given.append({"of_id": row.id, "given": _number_of(year, running)})
    if given:
        change = sa.update(members).where(members.c.id == sa.bindparam("of_id"))
        connection.execute(change.values(management_number=sa.bindparam("given")), given)
    for (school_id, year), running in last.items():
        values = {"school_id": school_id, "fiscal_year": year, "last": running}
        connection.execute(sa.insert(counters).values(values))


def _year_of(created_at: datetime) -> int:
    return clock.fiscal_year(clock.to_jst(created_at).date())


def _number_of(year: int, running: int) -> str:
    return f"{year}-{running:04d}"
