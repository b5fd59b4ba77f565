"""The end of a school in one house's database: its rows leave in bounded batches, and nothing of it comes in again (RET-1).

A school whose erasure has begun stands in `erased_schools` for good. `Database.for_school` reads it before every write, so that
late events, a token of five minutes and a page left open change nothing, in every house alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, MetaData, Table, Uuid, delete, not_, select, tuple_, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new, rowcount
from common.db.types import Json, UtcDateTime, new_metadata
from common.errors import Refused

BATCH_ROWS = 1000  # of one transaction: row locks and the journal stay small beside a school day's work
KEPT_TABLES = frozenset(
    # The mark itself; events on their way, which leave a day after publishing; and events that wait for another
    # house, which do nothing once they are tried.
    {"erased_schools", "outbox", "held_events"}
)

InHand = Mapping[str, ColumnElement[bool]]  # table → which of its rows somebody works with outside the database, and are waited for

METADATA = new_metadata()
erased_schools = Table(
    "erased_schools",
    METADATA,
    Column("school_id", Uuid, primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime),
    Column("counts", Json, nullable=False),
)


class SchoolErased(Refused):
    """The school's data is erased, or being erased: nothing is written for it any more."""

    def __init__(self) -> None:
        super().__init__("school_erased", "This school's data is erased.")


def is_erased(session: Session, school_id: UUID) -> bool:
    """Return whether the erasure of a school has begun in this database."""
    return session.execute(select(erased_schools.c.school_id).where(erased_schools.c.school_id == school_id)).first() is not None


def begin_erasure(session: Session, school_id: UUID, now: datetime) -> bool:
    """Mark a school as erased, from the commit on; return False when it was marked before."""
    row = {"school_id": school_id, "begun_at": now, "erased_at": None, "counts": {}}
    return insert_new(session, erased_schools, [row]) == 1


def lock_mark(session: Session, school_id: UUID) -> Any:
    """Return a school's mark, locked: batches of one school go one after the other, whoever asked for them."""
    return session.execute(select(erased_schools).where(erased_schools.c.school_id == school_id).with_for_update()).one()


def count_batch(session: Session, school_id: UUID, deleted: Mapping[str, int]) -> dict[str, int]:
    """Add a batch's counts to the mark, in the batch's own transaction; return the counts of all batches by table."""
    counts = {**lock_mark(session, school_id).counts}
    for table, count in deleted.items():
        counts[table] = counts.get(table, 0) + count
    here = erased_schools.c.school_id == school_id
    session.execute(update(erased_schools).where(here).values(counts=counts))
    return counts


def end_erasure(session: Session, school_id: UUID, now: datetime) -> None:
    """Note when the last row was found gone; the mark stays, so that nothing comes back."""
    session.execute(update(erased_schools).where(erased_schools.c.school_id == school_id).values(erased_at=now))


def erase_batch(
    session: Session, metadata: MetaData, school_id: UUID, limit: int = BATCH_ROWS, in_hand: InHand | None = None
) -> dict[str, int]:
    """Delete up to `limit` rows of a school, children before parents; return the counts by table, empty when none is left.

    Speaks to every table of `metadata` that has a `school_id`, so that a table that is added is erased too. Rows `in_hand` stay.
    """
    deleted: dict[str, int] = {}
    for table in _tables_of_schools(metadata):
        spared = (in_hand or {}).get(table.name)
        while (left := limit - sum(deleted.values())) > 0 and (count := delete_rows(session, table, school_id, left, spared)):
            deleted[table.name] = deleted.get(table.name, 0) + count
    return deleted


def has_rows_in_hand(session: Session, metadata: MetaData, school_id: UUID, in_hand: InHand) -> bool:
    """Return whether a school still has rows that were spared."""
    tables = ((metadata.tables[name], spared) for name, spared in in_hand.items())
    return any(session.scalar(select(select(1).where(t.c.school_id == school_id, spared).exists())) for t, spared in tables)


def _tables_of_schools(metadata: MetaData) -> Iterator[Table]:
    return (table for table in reversed(metadata.sorted_tables) if "school_id" in table.c and table.name not in KEPT_TABLES)


def delete_rows(session: Session, table: Table, school_id: UUID, limit: int, spared: ColumnElement[bool] | None = None) -> int:
    """Delete up to `limit` rows of a school from one table; of a tree (`groups.parent_id`) its leaves only, level by level."""
    chosen = select(*table.primary_key.columns).where(table.c.school_id == school_id)
    for key in table.foreign_keys:
        if key.column.table is table:
            child = table.alias()
            chosen = chosen.where(~select(1).where(child.c[key.parent.name] == key.column).exists())
    gone = delete(table)
    if spared is not None:  # said twice: a row that became one of them while it was waited for is not deleted either
        chosen, gone = chosen.where(not_(spared)), gone.where(not_(spared))
    gone = gone.where(tuple_(*table.primary_key.columns).in_(chosen.limit(limit)))
    return rowcount(session.execute(gone))
