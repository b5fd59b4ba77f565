"""Show messages and how their sends stand, computed from the rows each time (MSG-8, DLV-8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from common.db.types import as_dict
from messaging.domain.people import Actor
from messaging.domain.states import RecipientState
from messaging.store import messages, progress, recipients
from messaging.store.messages import ListQuery as ListQuery
from messaging.store.models import Message, Outcome, Recipient

FILTERS: Mapping[str, sa.ColumnElement[bool]] = {
    "all": sa.true(),
    "confirmed": Recipient.confirmed_at.is_not(None),
    "unconfirmed": Recipient.confirmed_at.is_(None),
    "unreached": sa.and_(Recipient.confirmed_at.is_(None), Recipient.state == RecipientState.UNREACHED),
}


def show_progress(session: Session, actor: Actor, message_id: UUID) -> dict[str, Any]:
    """Return counts in heads by state and class, contact points by channel, and how soon half and nine tenths were reached.

    `delivering` is what is left of the heads, so that the parts add up while fan-out still runs.
    """
    message = messages.get_visible_message(session, actor, message_id)
    heads = message.heads or 0
    return {
        "state": message.state,
        "heads": heads,
        "counts": _with_delivering(progress.count_recipients(session, message), message),
        "by_channel": progress.count_by_channel(session, message),
        "by_class": progress.count_by_class(session, message, _classes_for(session, actor, message)),
        "release_at": message.release_at,
        "started_at": message.released_at,
        "completed_at": message.completed_at,
        "half_seconds": _seconds_until(session, message, -(-heads // 2)),
        "ninety_seconds": _seconds_until(session, message, -(-heads * 9 // 10)),
    }


def _seconds_until(session: Session, message: Message, heads: int) -> float | None:
    if message.released_at is None or heads == 0:
        return None
    moment = progress.find_moment_reached(session, message, heads)
    return None if moment is None else max(0.0, round((moment - message.released_at).total_seconds(), 1))


def _classes_for(session: Session, actor: Actor, message: Message) -> frozenset[UUID] | None:
    """Return the classes to which this person's view of a message is limited; one's own messages are seen whole."""
    if actor.only_groups is None or message.created_by == actor.account_id:
        return None
    return messages.list_classes(session, message, actor.only_groups)


def list_recipients(
    session: Session, actor: Actor, message_id: UUID, which: str, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 children of a message with what each channel answered for them."""
    message = messages.get_visible_message(session, actor, message_id)
    condition = FILTERS[which]
    classes = _classes_for(session, actor, message)
    if classes is not None:
        condition = sa.and_(condition, Recipient.class_id.in_(classes))
    rows = recipients.list_recipients(session, message, condition, after, limit)
    answers: dict[UUID, list[Outcome]] = {row.id: [] for row in rows}
    for outcome in recipients.list_outcomes(session, actor.school_id, list(answers)):
        answers[outcome.recipient_id].append(outcome)
    return [
        {
            "member_id": row.member_id,
            "class_id": row.class_id,
            "state": row.state,
            "confirmed_at": row.confirmed_at,
            "opened_at": row.opened_at,
            "reasons": answers[row.id],
        }
        for row in rows
    ]


def show_message(session: Session, actor: Actor, message_id: UUID) -> Message:
    """Return a message that this person may see; raise NotFound."""
    return messages.get_visible_message(session, actor, message_id)


def show_content(session: Session, school_id: UUID, message_id: UUID) -> Message:
    """Return a message of the school for a house that renders it; raise NotFound."""
    return messages.get_message(session, school_id, message_id)


def list_messages(session: Session, actor: Actor, query: ListQuery) -> list[dict[str, Any]]:
    """Return up to `limit` + 1 messages, newest first, each with its counts in heads."""
    rows = messages.list_messages(session, actor, query)
    counts = progress.count_for_list(session, actor.school_id, [row.id for row in rows])
    none = dict.fromkeys(progress.COUNTS, 0)
    return [{**as_dict(row), "counts": _with_delivering(counts.get(row.id, none), row)} for row in rows]


def _with_delivering(counts: dict[str, int], message: Message) -> dict[str, int]:
    heads = (message.heads or 0) if message.released_at is not None else 0
    return {**counts, "delivering": max(0, heads - sum(counts.values()))}
