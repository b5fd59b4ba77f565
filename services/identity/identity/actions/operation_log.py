"""The operation log (ID-9, begun): what every house tells is written down once, in order, per school."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from common.schemas import Envelope
from identity.store.log import next_position
from identity.store.models import Operation


def append_operation(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Append an `operation.recorded` event to its school's log; `at` is when it happened, not when we heard of it."""
    payload = event.payload
    session.add(
        Operation(
            id=event.id,
            school_id=event.school_id,
            position=next_position(session, event.school_id),
            at=event.occurred_at,
            action=payload["action"],
            actor_kind=payload["actor_kind"],
            actor_id=payload["actor_id"],
            target_kind=payload["target_kind"],
            target_id=payload["target_id"],
            details=payload["details"],
        )
    )
