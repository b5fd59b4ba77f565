"""Queries on what LINE told, and on whose message a button belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from common.db import rowcount
from common.db.bulk import insert_new
from dispatch_line.store.models import EVENTS, TABLES, WebhookEvent

KEPT = timedelta(days=14)  # how long a repetition is known


def insert_events(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Store events that are not known yet; return how many were new."""
    return insert_new(session, EVENTS, rows)


def list_waiting(session: Session, limit: int) -> Sequence[WebhookEvent]:
    """Return events not yet handled in the order in which they occurred, whatever the order in
    which they came.
    """
    waiting = select(WebhookEvent).where(WebhookEvent.handled_at.is_(None))
    return session.scalars(
        waiting.order_by(WebhookEvent.occurred_at, WebhookEvent.id).limit(limit)
    ).all()


def mark_handled(session: Session, event_id: str, now: datetime) -> bool:
    """Note that an event is dealt with and forget who did what; False when it was noted before."""
    waiting = (WebhookEvent.id == event_id, WebhookEvent.handled_at.is_(None))
    done = session.execute(update(WebhookEvent).where(*waiting).values(handled_at=now, body=None))
    return bool(rowcount(done))


def purge(session: Session, now: datetime) -> None:
    """Drop handled events that LINE will not repeat any more."""
    session.execute(
        delete(WebhookEvent).where(
            WebhookEvent.received_at < now - KEPT, WebhookEvent.handled_at.is_not(None)
        )
    )


def delete_events(session: Session, account_ids: Sequence[UUID], limit: int) -> int:
    """Delete up to `limit` events of some accounts, dealt with or not; return how many."""
    chosen = select(EVENTS.c.id).where(EVENTS.c.account_id.in_(account_ids)).limit(limit)
    gone = session.execute(delete(EVENTS).where(EVENTS.c.id.in_(chosen)))
    return rowcount(gone)


def find_school_of(session: Session, message_id: UUID) -> UUID | None:
    """Return whose message this is, as far as it was sent over LINE."""
    table = TABLES.deliveries
    return session.scalar(
        select(table.c.school_id).where(table.c.message_id == message_id).limit(1)
    )


def list_readers(
    session: Session, message_id: UUID, contact_point_ids: Sequence[UUID]
) -> set[UUID]:
    """Return which of these contact points a message was sent to."""
    table = TABLES.deliveries
    query = select(table.c.contact_point_id).where(
        table.c.message_id == message_id, table.c.contact_point_id.in_(contact_point_ids)
    )
    return set(session.scalars(query))
