"""How every house hears that a school is to be erased (RET-1).

It deletes batch after batch, then answers with the counts.

A batch is one transaction with its counts and with the event that asks for the next, so that a
crash resumes where it broke and nothing is counted twice. The first transaction only marks the
school; the last finds nothing to delete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from common import cache
from common.bus import outbox, parked
from common.bus.handler import Handler
from common.bus.topology import Queue
from common.db import erasure
from common.errors import Unavailable
from common.schemas import Envelope

ERASING = "school.erasing"
# The reason with which an event stands aside whose school is not to be erased.
NOT_DUE = "not_due"


def erasure_queue(service: str, *more: str) -> Queue:
    """Return the queue on which a house hears of a school's end.

    `more`: "key.destroyed", where it holds keys.
    """
    return Queue(f"{service}.erasure", (ERASING, *more), prefetch=4, concurrency=1)


@dataclass(frozen=True, slots=True)
class BeyondTables:
    """What a house does besides deleting its rows by their `school_id`.

    `begin(session, school_id)` runs with the mark. `delete(session, school_id, limit)` deletes what
    no column ties to the school, once all else is gone, and returns its counts by table.
    `end(session, school_id)` runs with the answer. `in_hand(now)`: rows that are waited for,
    because somebody works with them outside the database (mails at the relay).
    """

    begin: Callable[[Session, UUID], None] | None = None
    delete: Callable[[Session, UUID, int], dict[str, int]] | None = None
    end: Callable[[Session, UUID], None] | None = None
    in_hand: Callable[[datetime], erasure.InHand] | None = None


def erase_school(
    metadata: MetaData,
    service: str,
    is_due: Callable[[UUID], bool],
    beyond: BeyondTables = BeyondTables(),
    *,
    batch: int = erasure.BATCH_ROWS,
) -> Handler:
    """Return the handler of `school.erasing` for a house's tables.

    It hears itself until nothing is left. `is_due(school_id)`: what retention says of the school
    (`common.web.erasures`). What is not due is parked: deleted rows do not come back, so the
    event's word alone is not enough. Asked again afterwards (a restored database, a lost answer) it
    looks once more and answers with all it ever deleted.
    """

    def ask_retention(event: Envelope) -> None:
        assert event.school_id is not None
        if not is_due(event.school_id):
            raise parked.Inadmissible(NOT_DUE, "retention has begun no erasure of this school")

    def act(session: Session, event: Envelope, _facts: Any, *, now: datetime) -> None:
        school_id = event.school_id
        assert school_id is not None
        if erasure.begin_erasure(session, school_id, now):
            if beyond.begin:
                beyond.begin(session, school_id)
            return _go_on(session, school_id, service)
        erasure.lock_mark(session, school_id)
        in_hand = beyond.in_hand(now) if beyond.in_hand else {}
        deleted = erasure.erase_batch(session, metadata, school_id, batch, in_hand)
        if not deleted and erasure.has_rows_in_hand(session, metadata, school_id, in_hand):
            # The event is held, and tried again in 1 … 30 s.
            raise Unavailable("rows_in_hand", "Some rows are being worked with.")
        if not deleted and beyond.delete:
            deleted = beyond.delete(session, school_id, batch)
        counts = erasure.count_batch(session, school_id, deleted)
        if deleted:
            return _go_on(session, school_id, service)
        parked.drop_school(session, school_id)
        if beyond.end:
            beyond.end(session, school_id)
        erasure.end_erasure(session, school_id, now)
        cache.forget_school(school_id)
        answer = {"house": service, "counts": counts}
        outbox.put(session, "school.erased", answer, school_id=school_id)
        return None

    return Handler(act, gather=ask_retention, even_erased=True)


def _go_on(session: Session, school_id: UUID, service: str) -> None:
    """Ask this house alone for the next batch: the event goes to the queue's own name."""
    event = Envelope.of(ERASING, school_id, {})
    outbox.put_texts(session, [(event, event.dump(), erasure_queue(service).name)])
