"""Numbers of a send, always asked of the rows themselves: counters drift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from messaging.domain.states import OutcomeState, RecipientState
from messaging.store.models import Message, Outcome, Recipient


def _of(message: Message) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return Recipient.school_id == message.school_id, Recipient.message_id == message.id


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


CONFIRMED = Recipient.confirmed_at.is_not(None)
COUNTS: dict[str, sa.ColumnElement[bool]] = {
    "confirmed": CONFIRMED,
    "delivered": sa.and_(~CONFIRMED, Recipient.state == RecipientState.REACHED),
    "unreached": sa.and_(~CONFIRMED, Recipient.state == RecipientState.UNREACHED),
    "cancelled": sa.and_(~CONFIRMED, Recipient.state == RecipientState.CANCELLED),
}


def count_recipients(session: Session, message: Message) -> dict[str, int]:
    """Return how many children stand where; a child with a confirmation counts there only."""
    columns = [_count(condition).label(name) for name, condition in COUNTS.items()]
    return dict(session.execute(sa.select(*columns).where(*_of(message))).one()._mapping)


def count_by_class(session: Session, message: Message, only: frozenset[UUID] | None) -> list[dict[str, Any]]:
    """Return heads, confirmed, reached and unreached of each class (None: members without one)."""
    statement = (
        sa.select(
            Recipient.class_id,
            sa.func.count().label("heads"),
            _count(CONFIRMED).label("confirmed"),
            _count(Recipient.state == RecipientState.REACHED).label("reached"),
            _count(COUNTS["unreached"]).label("unreached"),
        )
        .where(*_of(message))
        .group_by(Recipient.class_id)
        .order_by(Recipient.class_id)
    )
    if only is not None:
        statement = statement.where(Recipient.class_id.in_(only))
    return [dict(row._mapping) for row in session.execute(statement)]


def count_by_channel(session: Session, message: Message) -> dict[str, dict[str, int]]:
    """Return contact points by channel and state, and children with nothing there, for each channel of the message."""
    counted = sa.case(
        (Outcome.state == OutcomeState.NOTHING, Outcome.recipient_id),
        else_=Outcome.contact_point_id,
    )
    statement = (
        sa.select(Outcome.channel, Outcome.state, sa.func.count(counted.distinct()))
        .join(Recipient, Recipient.id == Outcome.recipient_id)
        .where(*_of(message))
        .group_by(Outcome.channel, Outcome.state)
    )
    channels = {channel: dict.fromkeys((state.value for state in OutcomeState), 0) for channel in message.channels}
    for channel, state, number in session.execute(statement):
        channels.setdefault(channel, dict.fromkeys((s.value for s in OutcomeState), 0))[state] = number
    return channels


def find_moment_reached(session: Session, message: Message, heads: int) -> datetime | None:
    """Return when the `heads`-th child had its first acceptance, or None while fewer have one."""
    first = (
        sa.select(sa.func.min(Outcome.settled_at).label("moment"))
        .join(Recipient, Recipient.id == Outcome.recipient_id)
        .where(*_of(message), Outcome.state == OutcomeState.ACCEPTED)
        .group_by(Outcome.recipient_id)
        .subquery()
    )
    moment = sa.type_coerce(first.c.moment, Outcome.settled_at.type)
    return session.scalar(sa.select(moment).order_by(first.c.moment).offset(heads - 1).limit(1))


def count_for_list(session: Session, school_id: UUID, message_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Return the counts of several messages at once, for a list of them."""
    columns = [_count(condition).label(name) for name, condition in COUNTS.items()]
    rows = session.execute(
        sa.select(Recipient.message_id, *columns)
        .where(Recipient.school_id == school_id, Recipient.message_id.in_(message_ids))
        .group_by(Recipient.message_id)
    )
    return {row.message_id: {name: getattr(row, name) for name in COUNTS} for row in rows}
