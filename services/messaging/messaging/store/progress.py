"""Numbers of a send, always asked of the rows themselves: counters drift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Label,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session

from messaging.domain.people import Actor
from messaging.domain.states import OutcomeState, RecipientState
from messaging.store.models import Message, MessageClass, Outcome, Recipient


def rows_of(message: Message) -> ColumnElement[bool]:
    return and_(Recipient.school_id == message.school_id, Recipient.message_id == message.id)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


PRESSED = Recipient.confirmed_at.is_not(None)
TOLD = and_(~PRESSED, Recipient.told_at.is_not(None))
CONFIRMED = or_(PRESSED, TOLD)
STOPPED = and_(~CONFIRMED, Recipient.state == RecipientState.CANCELLED)
UNREACHED = and_(
    ~CONFIRMED, Recipient.state.in_([RecipientState.UNREACHED, RecipientState.CANCELLED])
)
DELIVERED = and_(~CONFIRMED, Recipient.state == RecipientState.REACHED)
WAITING = and_(~CONFIRMED, Recipient.state == RecipientState.WAITING)
# Every screen counts by these. A child is confirmed, delivered, delivering or unreached, never two
# of them; `told` are those of the confirmed whom the school told by phone or on paper, `stopped`
# those of the unreached whose sending was stopped.
COUNTS: dict[str, ColumnElement[bool]] = {
    "confirmed": CONFIRMED,
    "told": TOLD,
    "delivered": DELIVERED,
    "delivering": WAITING,
    "unreached": UNREACHED,
    "stopped": STOPPED,
}


def _counted() -> list[Label[int]]:
    heads: list[Label[int]] = [func.count(Recipient.id).label("heads")]
    return heads + [_count(condition).label(name) for name, condition in COUNTS.items()]


def count_recipients(session: Session, condition: ColumnElement[bool]) -> dict[str, int]:
    """Return how many children there are, and how many of them stand where."""
    return dict(session.execute(select(*_counted()).where(condition)).one()._mapping)


def count_ended(session: Session, condition: ColumnElement[bool], state: RecipientState) -> int:
    """Return for how many children the sending ended in a state.

    It counts whatever they were told or pressed since.
    """
    ended = select(func.count(Recipient.id)).where(condition, Recipient.state == state)
    return session.scalar(ended) or 0


def count_by_class(session: Session, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Return the same for each class (None: members without one)."""
    statement = select(Recipient.class_id, *_counted()).where(condition)
    rows = session.execute(statement.group_by(Recipient.class_id).order_by(Recipient.class_id))
    return [dict(row._mapping) for row in rows]


def count_by_channel(
    session: Session, condition: ColumnElement[bool], channels: Sequence[str]
) -> dict[str, dict[str, int]]:
    """Return contact points by channel and state, for each channel of the message.

    Children with nothing there are counted, too.
    """
    counted = case(
        (Outcome.state == OutcomeState.NOTHING, Outcome.recipient_id),
        else_=Outcome.contact_point_id,
    )
    statement = (
        select(Outcome.channel, Outcome.state, func.count(counted.distinct()))
        .join(Recipient, Recipient.id == Outcome.recipient_id)
        .where(condition)
        .group_by(Outcome.channel, Outcome.state)
    )
    found = {channel: _none_of_each_state() for channel in channels}
    for channel, state, number in session.execute(statement):
        of_channel = found.setdefault(channel, _none_of_each_state())
        of_channel[state] = number
    return found


def _none_of_each_state() -> dict[str, int]:
    return dict.fromkeys((state.value for state in OutcomeState), 0)


def find_moment_reached(
    session: Session, condition: ColumnElement[bool], heads: int
) -> datetime | None:
    """Return when the `heads`-th child had its first acceptance, or None while fewer have one."""
    first = (
        select(func.min(Outcome.settled_at).label("moment"))
        .join(Recipient, Recipient.id == Outcome.recipient_id)
        .where(condition, Outcome.state == OutcomeState.ACCEPTED)
        .group_by(Outcome.recipient_id)
        .subquery()
    )
    moment = type_coerce(first.c.moment, Outcome.settled_at.type)
    earliest_first = select(moment).order_by(first.c.moment)
    return session.scalar(earliest_first.offset(heads - 1).limit(1))


def count_for_list(
    session: Session, actor: Actor, message_ids: Sequence[UUID]
) -> dict[UUID, dict[str, int]]:
    """Return the counts of several messages at once, as far as this person sees their children."""
    statement = (
        select(Recipient.message_id, *_counted())
        .join(Message, Message.id == Recipient.message_id)
        .where(
            Recipient.school_id == actor.school_id,
            Recipient.message_id.in_(message_ids),
            in_sight_of(actor),
        )
        .group_by(Recipient.message_id)
    )
    rows = [dict(row._mapping) for row in session.execute(statement)]
    return {row.pop("message_id"): row for row in rows}


def in_sight_of(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for children, joined with their messages, whom this person sees.

    One's own messages are seen whole; of others', only the children of one's own classes and
    groups. Where the school shows own messages only, of others' those that were opened to
    colleagues.
    """
    is_own = Message.created_by == actor.account_id
    shown: ColumnElement[bool] = true()
    if actor.own_messages_only:
        shown = or_(is_own, Message.open_to_staff)
    if actor.only_groups is None:
        return shown
    in_own_class = exists().where(
        MessageClass.message_id == Recipient.message_id,
        MessageClass.class_id == Recipient.class_id,
        MessageClass.group_id.in_(actor.only_groups),
    )
    return and_(shown, or_(is_own, in_own_class))


def list_unreached(
    session: Session, actor: Actor, since: datetime, limit: int
) -> Sequence[tuple[UUID, UUID | None, UUID]]:
    """Return (member_id, class_id, message_id) of children whom messages since then did not reach.

    Those whom somebody told otherwise are left out.
    """
    statement = (
        select(Recipient.member_id, Recipient.class_id, Recipient.message_id)
        .join(Message, Message.id == Recipient.message_id)
        .where(
            Message.school_id == actor.school_id,
            Message.released_at >= since,
            Message.test_of.is_(None),
        )
        .where(
            Recipient.school_id == actor.school_id,
            Recipient.state == RecipientState.UNREACHED,
            ~CONFIRMED,
        )
        .where(in_sight_of(actor))
        .order_by(Message.released_at.desc(), Recipient.member_id)
        .limit(limit)
    )
    return [
        (member_id, class_id, message_id)
        for member_id, class_id, message_id in session.execute(statement)
    ]
