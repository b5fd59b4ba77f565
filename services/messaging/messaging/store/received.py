"""What one person was sent, the newest first (MSG-8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from messaging.domain.people import Actor
from messaging.domain.states import SENT
from messaging.store.messages import visible_to
from messaging.store.models import Message, MessageClass, Recipient


def list_received(
    session: Session,
    actor: Actor,
    member_id: UUID,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row[Message, Recipient]]:
    """Return up to `limit` + 1 messages that went to a person, as far as the actor may see them.

    Each message is looked at by the key of its recipients: no index of its own is kept for a page
    that is seldom opened, which every send would have to write.
    """
    statement = (
        select(Message, Recipient)
        .join(Recipient, Recipient.message_id == Message.id)
        .where(
            Message.school_id == actor.school_id,
            Message.state.in_(SENT),
            Message.test_of.is_(None),
            Recipient.member_id == member_id,
            visible_to(actor),
            _in_sight(actor),
        )
        .order_by(Message.released_at.desc(), Message.id.desc())
    )
    if before is not None:
        moment, message_id = before
        seen = literal(moment, Message.created_at.type), literal(message_id)
        place = tuple_(Message.__table__.c.released_at, Message.id)
        statement = statement.where(place < tuple_(*seen))
    return session.execute(statement.limit(limit + 1)).all()


def _in_sight(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for recipients whom the actor sees: all of one's own messages, and
    those who were in a class of the actor's groups.
    """
    if actor.only_groups is None:
        return Recipient.school_id == actor.school_id
    of_own_class = exists().where(
        MessageClass.school_id == Message.school_id,
        MessageClass.message_id == Message.id,
        MessageClass.class_id == Recipient.class_id,
        MessageClass.group_id.in_(actor.only_groups),
    )
    return or_(Message.created_by == actor.account_id, of_own_class)
