"""Queries on tokens that Firebase no longer knows."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from common.delivery.outcomes import Reason
from dispatch_push.store.models import TABLES


class DeadToken(NamedTuple):
    """A contact point whose token is dead since a delivery to it was refused."""

    school_id: UUID
    contact_point_id: UUID
    since: datetime


def take_unreported(session: Session, now: datetime, limit: int) -> list[DeadToken]:
    """Mark up to `limit` dead tokens as reported, oldest first, and return them."""
    table = TABLES.deliveries
    is_dead = table.c.reason == Reason.TOKEN_DEAD.value
    waiting = (
        select(table.c.id)
        .where(
            is_dead,
            table.c.token_reported_at.is_(None),
        )
        .order_by(table.c.settled_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(waiting))
    if not ids:
        return []
    marked = (
        update(table)
        .where(table.c.id.in_(ids))
        .values(token_reported_at=now)
        .returning(table.c.school_id, table.c.contact_point_id, table.c.settled_at)
    )
    return [DeadToken(*row) for row in session.execute(marked)]
