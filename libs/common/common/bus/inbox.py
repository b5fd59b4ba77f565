"""What a queue has heard already: one row an event, written in the transaction of its effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from common.bus import tables
from common.db import rowcount
from common.db.bulk import insert_new

KEPT = timedelta(days=14)


def first_time(session: Session, queue: str, event_id: UUID, now: datetime) -> bool:
    """Note that `queue` has this event; return False when it had it before.

    On PostgreSQL a second transaction with the same event waits for the first: of four at once, one
    acts and three skip.
    """
    row = {"queue": queue, "event_id": event_id, "received_at": now}
    return insert_new(session, tables.inbox, [row]) == 1


def first_time_of_all(
    session: Session, queue: str, event_ids: Sequence[UUID], now: datetime
) -> bool:
    """Note that `queue` has these events; return False when it had one of them before.

    Written in one order, whoever writes: two who hold the same events would wait for one another.
    """
    rows = [{"event_id": event_id} for event_id in sorted(set(event_ids))]
    same = {"queue": queue, "received_at": now}
    return insert_new(session, tables.inbox, rows, same) == len(event_ids)


def is_unheard(session: Session, queue: str, event_id: UUID, now: datetime) -> bool:
    """Return whether `queue` never had this event, and leave no trace of the question.

    A transaction that has it in hand is waited for, as in `first_time`.
    """
    is_first = first_time(session, queue, event_id, now)
    if is_first:
        table = tables.inbox
        asked = (table.c.queue == queue, table.c.event_id == event_id)
        session.execute(delete(table).where(*asked))
    return is_first


def purge(session: Session, now: datetime, most: int) -> int:
    """Forget the `most` oldest events received more than 14 days ago; return how many.

    No broker holds one that long.
    """
    table = tables.inbox
    oldest = select(table.c.queue, table.c.event_id).where(table.c.received_at < now - KEPT)
    chosen = oldest.order_by(table.c.received_at).limit(most)
    gone = delete(table).where(tuple_(table.c.queue, table.c.event_id).in_(chosen))
    return rowcount(session.execute(gone))
