"""Tell families otherwise: by phone or on paper, ticked off by name so that two people do not call
the same home (MSG-18).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy.orm import Session

from common.operations import MESSAGE_TOLD, MESSAGE_TOLD_WITHDRAWN, Operation
from messaging import events
from messaging.actions.show import in_sight
from messaging.domain.errors import NotBeingSent
from messaging.domain.people import Actor
from messaging.domain.states import SENT
from messaging.store import messages, recipients
from messaging.store.models import Message, Recipient


@dataclass(frozen=True, slots=True)
class Tick:
    """That a family was told: by whom, as shown beside the tick, how (`ToldHow`), and when."""

    by_name: str
    how: str
    at: datetime


def tell(
    session: Session,
    actor: Actor,
    message_id: UUID,
    member_ids: Collection[UUID],
    tick: Tick,
) -> list[dict[str, Any]]:
    """Note that these children's families were told.

    Return each child with who told it first, and whether that was before. Children of whom this
    person sees nothing are left out. Raise NotSent for a draft.
    """
    message, rows = _hold(session, actor, message_id, member_ids)
    told_before = {row.id for row in rows if row.told_at is not None}
    for row in rows:
        if row.id in told_before:
            continue
        row.told_at = tick.at
        row.told_how = tick.how
        row.told_by = actor.account_id
        row.told_by_name = tick.by_name
    session.flush()
    newly = [row for row in rows if row.id not in told_before]
    if newly:
        _record(session, actor, message, MESSAGE_TOLD, newly)
    return [
        {
            "member_id": row.member_id,
            "told_at": row.told_at,
            "told_how": row.told_how,
            "told_by_name": row.told_by_name,
            "already": row.id in told_before,
        }
        for row in rows
    ]


def take_back(
    session: Session, actor: Actor, message_id: UUID, member_ids: Collection[UUID]
) -> int:
    """Take ticks back, whoever made them; return how many there were."""
    message, rows = _hold(session, actor, message_id, member_ids)
    told = [row for row in rows if row.told_at is not None]
    for row in told:
        row.told_at = row.told_how = row.told_by = row.told_by_name = None
    session.flush()
    if told:
        _record(session, actor, message, MESSAGE_TOLD_WITHDRAWN, told)
    return len(told)


def _hold(
    session: Session, actor: Actor, message_id: UUID, member_ids: Collection[UUID]
) -> tuple[Message, list[Recipient]]:
    message = messages.get_visible_message(session, actor, message_id)
    if message.state not in SENT:
        raise NotBeingSent(message.state)
    condition = and_(in_sight(session, actor, message), Recipient.member_id.in_(member_ids))
    return message, list(recipients.lock_rows(session, condition))


def _record(
    session: Session,
    actor: Actor,
    message: Message,
    operation: Operation,
    rows: Collection[Recipient],
) -> None:
    details = {"children": len(rows), "member_ids": [str(row.member_id) for row in rows]}
    events.record_operation(
        session, message, operation, actor=("staff", actor.account_id), **details
    )
