"""What a house has to say.

Events are written in the transaction that makes them true, and published by the relay afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from common import clock
from common.bus import inbox, tables
from common.db import rowcount
from common.db.listen import wake
from common.schemas import Envelope

# What wakes the relay.
CHANNEL = "renraku_outbox"
KEPT = timedelta(days=1)
PURGED_AT_ONCE = 5000


def put(
    session: Session,
    event_type: str,
    payload: Mapping[str, Any],
    *,
    school_id: UUID | None,
    lane: str | None = None,
) -> UUID:
    """Put an event into the outbox of this transaction; return its id.

    The routing key is the event's type, with the lane behind it where there is one. Raises
    EventRefused when the payload does not fit the type's schema, which is a bug of the caller.
    """
    event = Envelope.of(event_type, school_id, dict(payload))
    routing_key = f"{event_type}.{lane}" if lane else event_type
    put_texts(session, [(event, event.dump(), routing_key)])
    return event.id


def put_texts(session: Session, events: Sequence[tuple[Envelope, str, str]]) -> None:
    """Put events into the outbox, each with its finished text and its routing key.

    Wakes the relay once a transaction.
    """
    now = clock.now()
    rows = [
        {
            "id": event.id,
            "type": event.type,
            "routing_key": routing_key,
            "school_id": event.school_id,
            "body": body,
            "created_at": now,
        }
        for event, body, routing_key in events
    ]
    session.execute(insert(tables.outbox).values(rows))
    wake(session, CHANNEL)


# Built once, for a relay asks every few seconds; as the index has it.
_OLDEST = (
    select(tables.outbox.c.created_at)
    .where(text(tables.UNPUBLISHED))
    .order_by(tables.outbox.c.position)
    .limit(1)
)


def oldest_age(session: Session, now: datetime) -> float | None:
    """Return for how many seconds the oldest unpublished event has waited; None: none waits."""
    created_at = session.scalar(_OLDEST)
    return None if created_at is None else max(0.0, (now - created_at).total_seconds())


def publish_again(session: Session, since: datetime) -> int:
    """Let the relay publish once more what it has published since then; return how many.

    For a bus that loses what it holds when its process ends (memory://): inboxes skip what was
    handled before.
    """
    table = tables.outbox
    again = update(table).where(table.c.published_at >= since).values(published_at=None)
    return rowcount(session.execute(again))


def purge(session: Session, *, now: datetime) -> bool:
    """Drop events published more than a day ago, and what the inbox need not remember any longer.

    A job of every house. It drops a bounded part of them, the oldest: after days without a clock,
    all at once would never be done in time. Returns whether there may be more.
    """
    table = tables.outbox
    oldest = (
        select(table.c.position)
        .where(table.c.published_at < now - KEPT)
        .order_by(table.c.position)
        .limit(PURGED_AT_ONCE)
    )
    gone = delete(table).where(table.c.position.in_(oldest))
    dropped = rowcount(session.execute(gone))
    forgotten = inbox.purge(session, now, PURGED_AT_ONCE)
    return PURGED_AT_ONCE in (dropped, forgotten)
