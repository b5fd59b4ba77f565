"""Questions about the children of a message, and the rows that fan-out writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, literal_column, select, update
from sqlalchemy.orm import Session

from common.db import among
from common.db.bulk import insert_new
from messaging.domain.audience import Addressed, recipient_id
from messaging.domain.states import MessageState, OutcomeState, RecipientState
from messaging.store.models import Message, MessageReader, Outcome, Recipient, table_of


class NamedChild(Protocol):
    """A child as pages name it."""

    @property
    def id(self) -> UUID: ...
    @property
    def display_name(self) -> str: ...
    @property
    def class_name(self) -> str | None: ...


def add_recipients(
    session: Session,
    message: Message,
    members: Sequence[Addressed],
    state: RecipientState,
    now: datetime,
) -> None:
    """Write a page of recipients and their readers; those already there stay as they are."""
    # Of both kinds of row.
    owner = {"school_id": message.school_id, "message_id": message.id}
    recipients = [
        {
            "id": recipient_id(message.id, member.member_id),
            "member_id": member.member_id,
            "class_id": member.class_id,
            "household": member.household,
            "guardian_ids": [str(guardian) for guardian in member.guardian_ids],
        }
        for member in members
    ]
    readers = [
        {
            "reader_id": reader,
            "member_id": member.member_id,
            "display_name": member.shown_name,
            "class_name": member.class_name,
        }
        for member in members
        for reader in member.reader_ids
    ]
    begun = {
        "state": state.value,
        "asked_at": now,
        "completed_at": None if state == RecipientState.WAITING else now,
    }
    insert_new(session, table_of(Recipient), recipients, {**owner, **begun})
    insert_new(session, table_of(MessageReader), readers, owner)


def list_unnamed(
    session: Session, message: Message, after: UUID | None, limit: int
) -> Sequence[UUID]:
    """Return up to `limit` members of a message, behind one of them, whose readers lack names."""
    members = select(MessageReader.member_id).where(*_unnamed_of(message))
    if after is not None:
        members = members.where(MessageReader.member_id > after)
    in_order = members.distinct().order_by(MessageReader.member_id)
    return session.scalars(in_order.limit(limit)).all()


def name_readers(
    session: Session, message: Message, asked: Sequence[UUID], known: Sequence[NamedChild]
) -> None:
    """Name the children of the readers that still lack a name; those of `asked` not known get an
    empty one, and so do members of staff, who read for themselves.
    """
    names = {child.id: child for child in known}
    keys = session.execute(
        select(MessageReader.reader_id, MessageReader.member_id).where(
            *_unnamed_of(message), among(MessageReader.member_id, asked)
        )
    ).all()
    rows = []
    for reader_id, member_id in keys:
        child = None if reader_id == member_id else names.get(member_id)
        rows.append(
            {
                "message_id": message.id,
                "reader_id": reader_id,
                "member_id": member_id,
                "display_name": child.display_name if child else "",
                "class_name": child.class_name if child else None,
            }
        )
    if rows:
        session.execute(update(MessageReader), rows)


def _unnamed_of(message: Message) -> tuple[ColumnElement[bool], ...]:
    return (
        MessageReader.message_id == message.id,
        MessageReader.school_id == message.school_id,
        MessageReader.display_name.is_(None),
    )


def lock_recipients(session: Session, school_id: UUID, recipient_ids: Sequence[UUID]) -> None:
    """Hold these recipients until the end of the transaction, always in the order of their ids.

    Two batches of one message share children (a child has several contact points): without one
    order for all they would wait for each other; without the lock neither would see the other's
    answer, and the child would wait for the sweeper.
    """
    session.execute(
        select(literal_column("1"))
        .select_from(Recipient)
        .where(among(Recipient.id, recipient_ids), Recipient.school_id == school_id)
        .order_by(Recipient.id)
        .with_for_update(key_share=True)
    ).all()


def take_overdue(
    session: Session, asked_before: datetime, limit: int, now: datetime
) -> dict[UUID, list[Addressed]]:
    """Return recipients of every school who still wait, by message; note that they are asked for.

    Those asked for the longest ago come first, whatever their message, so that a large send that
    hangs keeps no other from its turn. Stopped messages are left alone.
    """
    rows = session.scalars(
        select(Recipient)
        .join(Message, Message.id == Recipient.message_id)
        .where(Message.state == MessageState.RELEASED, Message.completed_at.is_(None))
        .where(Recipient.state == RecipientState.WAITING, Recipient.asked_at < asked_before)
        .order_by(Recipient.asked_at, Recipient.message_id, Recipient.household)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Recipient)
    ).all()
    overdue: dict[UUID, list[Addressed]] = {}
    for row in rows:
        guardian_ids = tuple(UUID(guardian) for guardian in row.guardian_ids)
        member = Addressed(row.member_id, row.class_id, row.household, guardian_ids)
        overdue.setdefault(row.message_id, []).append(member)
    session.execute(
        update(Recipient)
        .where(Recipient.id.in_([row.id for row in rows]))
        .values(asked_at=now)
        .execution_options(synchronize_session=False)
    )
    return overdue


def end_unanswered(session: Session, stopped_before: datetime, now: datetime) -> None:
    """End recipients who still wait for a channel though their message was stopped before a moment.

    Nobody asks for them again, so their message would never complete. Whom another channel has
    reached is reached.
    """
    # As in ix_messages_unfinished; what was stopped had been released.
    stopped = select(Message.id).where(
        Message.released_at.is_not(None),
        Message.completed_at.is_(None),
        Message.stopped_at < stopped_before,
    )
    is_reached = exists().where(
        Outcome.recipient_id == Recipient.id, Outcome.state == OutcomeState.ACCEPTED
    )
    state = case((is_reached, RecipientState.REACHED.value), else_=RecipientState.CANCELLED.value)
    session.execute(
        update(Recipient)
        .where(Recipient.message_id.in_(stopped), Recipient.state == RecipientState.WAITING)
        .values(state=state, completed_at=now)
        .execution_options(synchronize_session=False)
    )


def list_recipients(
    session: Session, condition: ColumnElement[bool], after: UUID | None, limit: int
) -> Sequence[Recipient]:
    """Return up to `limit` + 1 recipients that fit a condition, by member id."""
    statement = select(Recipient).where(condition)
    if after is not None:
        statement = statement.where(Recipient.member_id > after)
    return session.scalars(statement.order_by(Recipient.member_id).limit(limit + 1)).all()


def lock_rows(session: Session, condition: ColumnElement[bool]) -> Sequence[Recipient]:
    """Return recipients held until the end of the transaction, as they are now.

    In the one order in which all hold them.
    """
    statement = select(Recipient).where(condition).order_by(Recipient.id)
    return session.scalars(
        statement.with_for_update().execution_options(populate_existing=True)
    ).all()


def list_outcomes(
    session: Session, school_id: UUID, recipient_ids: Sequence[UUID]
) -> Sequence[Outcome]:
    """Return what the channels answered for these recipients."""
    return session.scalars(
        select(Outcome)
        .where(Outcome.recipient_id.in_(recipient_ids), Outcome.school_id == school_id)
        .order_by(
            Outcome.recipient_id, Outcome.channel, Outcome.settled_at, Outcome.contact_point_id
        )
    ).all()
