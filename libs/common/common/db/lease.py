"""The right to be the only one: a row that names its holder, and ends by itself.

Ends are written and compared in the database's clock alone. A lock that belongs to a connection
would last as long as the server takes the connection for alive: hours, when its host has lost
power.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, String, Table, Uuid, bindparam, delete, func, or_, select, text
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
    wanted = {"of_name": name, "by_holder": holder, "seconds": seconds}
    return rowcount(session.execute(_taking(), wanted)) == 1


@cache
def _taking() -> Any:
    """Return the statement of `take`, built once: each clock runs it every few seconds."""
    now = func.clock_timestamp()
    new = insert(leases).values(
        name=bindparam("of_name"),
        holder=bindparam("by_holder", type_=Uuid),
        ends_at=now + text("make_interval(secs => :seconds)"),
    )
    is_free = or_(leases.c.holder == new.excluded.holder, leases.c.ends_at < now)
    changed = {"holder": new.excluded.holder, "ends_at": new.excluded.ends_at}
    return new.on_conflict_do_update(index_elements=["name"], set_=changed, where=is_free)


def find_held(session: Session, names: Iterable[str], holder: UUID) -> set[str]:
    """Return which of these leases are a holder's."""
    held = select(leases.c.name).where(leases.c.name.in_(list(names)), leases.c.holder == holder)
    return set(session.scalars(held))


def give_up(session: Session, name: str, holder: UUID) -> None:
    """End a lease now, if it is ours."""
    session.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
