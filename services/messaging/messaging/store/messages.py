"""Questions about messages.

A query of one school takes its id; those for the clock say that they see every school.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from common.db import rowcount
from common.errors import NotFound
from messaging.domain.audience import ClassLine
from messaging.domain.people import Actor
from messaging.domain.states import SENT, MessageState
from messaging.store.models import Message, MessageClass, Recipient

SENT_OR_PENDING = frozenset({MessageState.PENDING, *SENT})
PRESSED_AT = type_coerce(
    func.coalesce(Message.released_at, Message.release_at), Message.created_at.type
)


def words_in_subject(query: str) -> list[ColumnElement[bool]]:
    """Return the conditions by which each word that is looked for stands in a subject."""
    return [Message.subject.icontains(word, autoescape=True) for word in query.split()]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What part of a school's messages is asked for.

    `state`: one of the states, `sent` for all that were pressed to be sent, `deleted` for drafts
    that can be brought back. `query`: words that stand in the subject. `since`, `until`: from when
    to before when they were written. `before`: the last message seen, by time and id. `kept_since`:
    deleted before it, a draft is as good as gone.
    """

    state: str | None = None
    mine: bool = False
    query: str = ""
    category_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, UUID] | None = None
    kept_since: datetime | None = None
    limit: int = 50

    @property
    def moment(self) -> ColumnElement[Any]:
        """Return the moment that orders messages: when sent ones went, when others were begun."""
        return PRESSED_AT if self.state == "sent" else Message.__table__.c.created_at

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a message must fulfil, apart from who made it and where the page begins."""
        found = words_in_subject(self.query)
        found += self._of_state()
        if self.category_id is not None:
            found.append(Message.category_id == self.category_id)
        if self.since is not None:
            found.append(self.moment >= self.since)
        if self.until is not None:
            found.append(self.moment < self.until)
        return found

    def _of_state(self) -> list[ColumnElement[bool]]:
        if self.state is None:
            return []
        if self.state == "sent":
            return [Message.state.in_(SENT_OR_PENDING)]
        if self.state != "deleted":
            return [Message.state == self.state]
        found: list[ColumnElement[bool]] = [Message.deleted_at.is_not(None)]
        if self.kept_since is not None:
            found.append(Message.deleted_at >= self.kept_since)
        return found


def _of_school(school_id: UUID, *, deleted: bool = False) -> Select[Message]:
    """Return the query for messages of a school, without deleted drafts unless asked for."""
    statement = select(Message).where(Message.school_id == school_id)
    return statement if deleted else statement.where(Message.deleted_at.is_(None))


def find_message(session: Session, school_id: UUID, message_id: UUID) -> Message | None:
    return session.scalar(_of_school(school_id).where(Message.id == message_id))


def get_message(session: Session, school_id: UUID, message_id: UUID) -> Message:
    """Return a message of the school; raise NotFound."""
    message = find_message(session, school_id, message_id)
    if message is None:
        raise NotFound("message_unknown", "There is no such message.")
    return message


def add_new(session: Session, message: Message) -> bool:
    """Write a new message; return whether its id was free."""
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        return False
    return True


def lock_message(
    session: Session, school_id: UUID, message_id: UUID, *, deleted: bool = False
) -> Message:
    """Return a message held until the end of the transaction, as it is now; raise NotFound.

    `deleted`: a deleted draft, too. Two presses of a button meet here: the second one sees what the
    first one did.
    """
    statement = _of_school(school_id, deleted=deleted).where(Message.id == message_id)
    message = session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if message is None:
        raise NotFound("message_unknown", "There is no such message.")
    return message


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for messages that this person may see.

    They are the own ones, and those sent to a class in their groups; where the school shows own
    messages only, of the latter those that were opened to colleagues.
    """
    is_own = Message.created_by == actor.account_id
    shown: ColumnElement[bool] = true()
    if actor.own_messages_only:
        shown = or_(is_own, and_(Message.state.in_(SENT), Message.open_to_staff))
    if actor.only_groups is None:
        return shown
    theirs = exists().where(
        MessageClass.school_id == Message.school_id,
        MessageClass.message_id == Message.id,
        MessageClass.group_id.in_(actor.only_groups),
    )
    return and_(shown, or_(is_own, and_(Message.state.in_(SENT), theirs)))


def add_classes(session: Session, message: Message, lines: Iterable[ClassLine]) -> None:
    """Note for which classes a message is, under each group that holds them."""
    owner = {"school_id": message.school_id, "message_id": message.id}
    rows = [
        {**owner, "class_id": line.class_id, "group_id": group_id}
        for line in lines
        for group_id in line.group_ids
    ]
    if rows:
        session.execute(insert(MessageClass), rows)


def remove_classes(session: Session, message: Message) -> None:
    """Forget for which classes a message was: it goes back to the drafts."""
    mine = MessageClass.school_id == message.school_id, MessageClass.message_id == message.id
    session.execute(delete(MessageClass).where(*mine))


def list_classes(session: Session, message: Message, groups: Collection[UUID]) -> frozenset[UUID]:
    """Return those classes of a message that are one of these groups or below one."""
    mine = MessageClass.school_id == message.school_id, MessageClass.message_id == message.id
    return frozenset(
        session.scalars(
            select(MessageClass.class_id).where(*mine, MessageClass.group_id.in_(groups))
        )
    )


def get_visible_message(session: Session, actor: Actor, message_id: UUID) -> Message:
    """Return a message that this person may see; for others NotFound, as if there were none."""
    message = session.scalar(
        _of_school(actor.school_id).where(Message.id == message_id, visible_to(actor))
    )
    if message is None:
        raise NotFound("message_unknown", "There is no such message.")
    return message


def list_messages(session: Session, actor: Actor, query: ListQuery) -> Sequence[Message]:
    """Return up to `limit` + 1 messages, newest first, without test copies."""
    conditions: list[ColumnElement[bool]] = [
        Message.test_of.is_(None),
        visible_to(actor),
        *query.conditions(),
    ]
    if query.mine:
        conditions.append(Message.created_by == actor.account_id)
    if query.before is not None:
        conditions.append(_follows(query.moment, query.before))
    statement = (
        _of_school(actor.school_id, deleted=query.state == "deleted")
        .where(*conditions)
        .order_by(query.moment.desc(), Message.id.desc())
        .limit(query.limit + 1)
    )
    return session.scalars(statement).all()


def _follows(order: ColumnElement[Any], last_seen: tuple[datetime, UUID]) -> ColumnElement[bool]:
    """Return the condition for messages that come after the last one seen in a list."""
    moment, message_id = last_seen
    seen = tuple_(literal(moment, Message.created_at.type), literal(message_id))
    return tuple_(order, Message.id) < seen


def list_visible(
    session: Session, actor: Actor, message_ids: Collection[UUID]
) -> Sequence[Message]:
    """Return those of these messages that this person may see."""
    statement = _of_school(actor.school_id).where(Message.id.in_(message_ids), visible_to(actor))
    return session.scalars(statement.order_by(Message.id)).all()


def purge_deleted(session: Session, before: datetime) -> int:
    """Erase drafts of every school that were deleted before a moment; return how many."""
    done = session.execute(
        delete(Message).where(Message.state == MessageState.DRAFT, Message.deleted_at < before)
    )
    return rowcount(done)


def find_by_key(session: Session, school_id: UUID, idempotency_key: str) -> UUID | None:
    """Return the message that a press with this key has released."""
    return session.scalar(
        select(Message.id).where(
            Message.school_id == school_id, Message.idempotency_key == idempotency_key
        )
    )


def list_sent_since(
    session: Session, school_id: UUID, subject: str, since: datetime
) -> Sequence[Message]:
    """Return messages with this subject that were pressed to be sent since then, newest first.

    Test copies don't count.
    """
    pressed = func.coalesce(Message.released_at, Message.release_at)
    return session.scalars(
        select(Message)
        .where(
            Message.school_id == school_id, Message.subject == subject, Message.test_of.is_(None)
        )
        .where(Message.state.in_(SENT_OR_PENDING), pressed >= since)
        .order_by(pressed.desc())
        .limit(20)
    ).all()


def lock_due(session: Session, now: datetime, limit: int) -> Sequence[Message]:
    """Return messages of every school whose undo window has passed, held.

    One that is being withdrawn is passed over.
    """
    return session.scalars(
        select(Message)
        .where(Message.state == MessageState.PENDING, Message.release_at <= now)
        .order_by(Message.release_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def find_next_release(session: Session) -> datetime | None:
    """Return when the undo window ends that ends first, of every school; None when none runs."""
    moment: datetime | None = session.scalar(_next_release())
    return moment


@cache
def _next_release() -> Select[Any]:
    # Written out, as in ix_messages_due.
    is_pending = text("state = 'pending'")
    return select(func.min(Message.release_at)).where(is_pending)


def lock_stopped_fan_outs(session: Session, before: datetime, limit: int) -> Sequence[Message]:
    """Return messages of every school, held, whose fan-out stands still since before a moment."""
    return session.scalars(
        select(Message)
        .where(
            Message.released_at.is_not(None),
            Message.completed_at.is_(None),
            Message.fan_out_done_at.is_(None),
        )
        .where(func.coalesce(Message.fan_out_at, Message.released_at) < before)
        .order_by(Message.released_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def take_unnamed(session: Session, now: datetime, limit: int) -> Sequence[Message]:
    """Return messages of every school whose links still open and whose readers lack names.

    They count as named from now on: whoever takes them asks for the names.
    """
    found = session.scalars(
        select(Message)
        .where(
            # As the index says it: another wording would scan the table every minute.
            text("NOT readers_named"),
            Message.link_expires_at > now,
            Message.fan_out_done_at.is_not(None),
        )
        .order_by(Message.link_expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for message in found:
        message.readers_named = True
    return found


def list_by_ids(session: Session, message_ids: Collection[UUID]) -> Sequence[Message]:
    """Return these messages, of whatever school: for the clock, which found their recipients."""
    return session.scalars(select(Message).where(Message.id.in_(message_ids))).all()


def complete_finished(session: Session) -> int:
    """End every message whose fan-out is through and for which nobody waits; return how many.

    The end is the moment of the last recipient's end, not that of this look. A stopped message
    stays "stopped", with its end.
    """
    return rowcount(session.execute(_completing()))


@cache
def _completing() -> Executable:
    """Return the UPDATE of `complete_finished`, built once: the clock runs it every few seconds."""
    mine = (Recipient.school_id == Message.school_id, Recipient.message_id == Message.id)
    waiting = exists().where(Recipient.message_id == Message.id, Recipient.state == "waiting")
    last = (
        select(func.max(Recipient.completed_at)).where(*mine).correlate(Message).scalar_subquery()
    )
    state = case(
        (Message.state == MessageState.RELEASED, MessageState.COMPLETE.value), else_=Message.state
    )
    return (
        update(Message)
        .where(
            Message.released_at.is_not(None),
            Message.completed_at.is_(None),
            Message.fan_out_done_at.is_not(None),
            ~waiting,
        )
        .values(state=state, completed_at=func.coalesce(last, Message.fan_out_done_at))
        .execution_options(synchronize_session=False)
    )
