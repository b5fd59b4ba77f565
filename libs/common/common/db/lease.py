"""The right to be the only one: a row that names its holder, and ends by itself.

Ends are written and compared in the database's clock alone. A lock that belongs to a connection
would last as long as the server takes the connection for alive: hours, when its host has lost
power.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Column, String, Table, Uuid, delete, func, or_, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from common.db.bulk import rowcount
from common.db.types import UtcDateTime, new_metadata

METADATA = new_metadata()
leases = Table(
    "leases",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("holder", Uuid, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)


def take(session: Session, name: str, holder: UUID, seconds: float) -> bool:
    """Take a lease for so many seconds from now, or renew it; return whether it is ours.

    PostgreSQL only: on SQLite there is one process, which needs none.
    """
    now = func.clock_timestamp()
    ends_at = now + text("make_interval(secs => :seconds)").bindparams(seconds=seconds)
    new = insert(leases).values(name=name, holder=holder, ends_at=ends_at)
    is_free = or_(leases.c.holder == holder, leases.c.ends_at < now)
    changed = {"holder": new.excluded.holder, "ends_at": new.excluded.ends_at}
    taken = new.on_conflict_do_update(index_elements=["name"], set_=changed, where=is_free)
    return rowcount(session.execute(taken)) == 1


def give_up(session: Session, name: str, holder: UUID) -> None:
    """End a lease now, if it is ours."""
    session.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
