"""The end of a school in one house's database (RET-1).

Its rows leave in bounded batches, and nothing of it comes in again.

A school whose erasure has begun stands in `erased_schools` for good. `Database.for_school` reads it
before every write, so that late events, a token of five minutes and a page left open change
nothing, in every house alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    MetaData,
    Table,
    Uuid,
    delete,
    not_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from common.db.bulk import insert_new, rowcount
from common.db.types import Json, UtcDateTime, new_metadata
from common.errors import Refused

# Of one transaction: row locks and the journal stay small beside a school day's work.
BATCH_ROWS = 1000
KEPT_TABLES = frozenset(
    # The mark itself; events on their way, which leave a day after publishing; and events that wait
    # for another house, which do nothing once they are tried.
    {"erased_schools", "outbox", "held_events"}
)

# Table → which of its rows somebody works with outside the database, and are waited for.
InHand = Mapping[str, ColumnElement[bool]]

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
    school = erased_schools.c.school_id
    mark = session.execute(select(school).where(school == school_id)).first()
    return mark is not None


def begin_erasure(session: Session, school_id: UUID, now: datetime) -> bool:
    """Mark a school as erased, from the commit on; return False when it was marked before."""
    row = {"school_id": school_id, "begun_at": now, "erased_at": None, "counts": {}}
    return insert_new(session, erased_schools, [row]) == 1


def lock_mark(session: Session, school_id: UUID) -> Any:
    """Return a school's mark, locked.

    Batches of one school go one after the other, whoever asked for them.
    """
    mark = select(erased_schools).where(erased_schools.c.school_id == school_id)
    return session.execute(mark.with_for_update()).one()


def count_batch(session: Session, school_id: UUID, deleted: Mapping[str, int]) -> dict[str, int]:
    """Add a batch's counts to the mark, in the batch's own transaction.

    Returns the counts of all batches by table.
    """
    counts = {**lock_mark(session, school_id).counts}
    for table, count in deleted.items():
        counts[table] = counts.get(table, 0) + count
    here = erased_schools.c.school_id == school_id
    session.execute(update(erased_schools).where(here).values(counts=counts))
    return counts


def end_erasure(session: Session, school_id: UUID, now: datetime) -> None:
    """Note when the last row was found gone; the mark stays, so that nothing comes back."""
    mark = update(erased_schools).where(erased_schools.c.school_id == school_id)
    session.execute(mark.values(erased_at=now))


def erase_batch(
    session: Session,
    metadata: MetaData,
    school_id: UUID,
    limit: int = BATCH_ROWS,
    in_hand: InHand | None = None,
) -> dict[str, int]:
    """Delete up to `limit` rows of a school, children before parents.

    Returns the counts by table, empty when none is left. Speaks to every table of `metadata` that
    has a `school_id`, so that a table that is added is erased too. Rows `in_hand` stay.
    """
    deleted: dict[str, int] = {}
    left = limit
    for table in _tables_of_schools(metadata):
        spared = (in_hand or {}).get(table.name)
        while left > 0:
            count = delete_rows(session, table, school_id, left, spared)
            if not count:
                break
            deleted[table.name] = deleted.get(table.name, 0) + count
            left -= count
    return deleted


def has_rows_in_hand(
    session: Session, metadata: MetaData, school_id: UUID, in_hand: InHand
) -> bool:
    """Return whether a school still has rows that were spared."""
    for name, spared in in_hand.items():
        table = metadata.tables[name]
        row = select(1).where(table.c.school_id == school_id, spared)
        if session.scalar(select(row.exists())):
            return True
    return False


def _tables_of_schools(metadata: MetaData) -> Iterator[Table]:
    return (
        table
        for table in reversed(metadata.sorted_tables)
        if "school_id" in table.c and table.name not in KEPT_TABLES
    )


def delete_rows(
    session: Session,
    table: Table,
    school_id: UUID,
    limit: int,
    spared: ColumnElement[bool] | None = None,
) -> int:
    """Delete up to `limit` rows of a school from one table.

    Of a tree (`groups.parent_id`) only its leaves, level by level.
    """
    row_key = table.primary_key.columns
    conditions = [table.c.school_id == school_id, *_is_leaf(table)]
    gone = delete(table)
    if spared is not None:
        # Said twice: a row that became one of them while it was waited for is not deleted either.
        is_free = not_(spared)
        conditions.append(is_free)
        gone = gone.where(is_free)
    chosen = select(*row_key).where(*conditions).limit(limit)
    is_chosen = tuple_(*row_key).in_(chosen)
    return rowcount(session.execute(gone.where(is_chosen)))


def _is_leaf(table: Table) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of rows of which no other row of the table is a child."""
    for key in table.foreign_keys:
        if key.column.table is table:
            child = table.alias()
            is_child = child.c[key.parent.name] == key.column
            yield ~select(1).where(is_child).exists()
