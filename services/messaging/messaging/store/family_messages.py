"""What a family was sent, as its own page shows it (MY-1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, case, exists, func, literal, select, tuple_
from sqlalchemy.orm import Session

from messaging.domain.states import SENT
from messaging.store.messages import words_in_subject
from messaging.store.models import (
    Category,
    Message,
    MessageReader,
    Recipient,
    RevokedGuardianship,
)
from messaging.store.readings import READ_COLUMNS

_REVOKED = exists().where(
    RevokedGuardianship.guardian_id == MessageReader.reader_id,
    RevokedGuardianship.member_id == MessageReader.member_id,
    RevokedGuardianship.school_id == Message.school_id,
    RevokedGuardianship.revoked_at >= Message.released_at,
)
_RECIPIENT_OF = and_(
    Recipient.message_id == MessageReader.message_id,
    Recipient.member_id == MessageReader.member_id,
)


@dataclass(frozen=True, slots=True)
class FamilyFilter:
    """Which messages are meant: of these readers, of one child where it is given, sent `since`.

    `query`: words that stand in the subject; `category_id`: of one category alone.
    """

    school_id: UUID
    readers: Collection[UUID]
    member_id: UUID | None
    since: datetime
    now: datetime
    query: str = ""
    category_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FamilyPlace:
    """Where a message stands in the list: what waits for a press first, then the newest first."""

    waits: bool
    released_at: datetime
    message_id: UUID


def list_places(
    session: Session, wanted: FamilyFilter, *, after: FamilyPlace | None, limit: int
) -> list[FamilyPlace]:
    """Return up to `limit` + 1 places after one.

    The messages of the school are gone through by the key of their readers: an index by reader
    would have to be written by every send.
    """
    found = _places_of(wanted)
    statement = select(found.waits, found.released_at, found.id)
    if after is not None:
        statement = statement.where(_comes_after(found, after))
    newest = (
        found.waits.desc(),
        found.released_at.desc(),
        found.id.desc(),
    )
    in_order = statement.order_by(*newest)
    rows = session.execute(in_order.limit(limit + 1))
    return [FamilyPlace(bool(row.waits), row.released_at, row.id) for row in rows]


def _places_of(wanted: FamilyFilter) -> Any:
    """Return the columns of a family's messages, each with whether a press of theirs is awaited."""
    is_open = and_(
        Message.confirmable,
        Message.link_expires_at > wanted.now,
        Recipient.confirmed_at.is_(None),
    )
    open_children = func.max(case((is_open, 1), else_=0))
    columns = (
        Message.id,
        Message.released_at,
        open_children.label("waits"),
    )
    mine = _of_family(wanted, select(*columns))
    return mine.group_by(Message.id, Message.released_at).subquery().c


def _comes_after(found: Any, place: FamilyPlace) -> Any:
    here = tuple_(
        literal(int(place.waits)),
        literal(place.released_at, found.released_at.type),
        literal(place.message_id),
    )
    return tuple_(found.waits, found.released_at, found.id) < here


def list_with_children(
    session: Session, wanted: FamilyFilter, message_ids: Collection[UUID]
) -> Sequence[Row[Any]]:
    """Return these messages beside each child for whom the family may read them."""
    statement = _of_family(wanted, select(*READ_COLUMNS)).outerjoin(
        Category, Category.id == Message.category_id
    )
    mine = statement.where(Message.id.in_(message_ids))
    return session.execute(mine.order_by(MessageReader.member_id)).all()


def list_categories(session: Session, wanted: FamilyFilter) -> Sequence[Row[UUID, str]]:
    """Return the categories (id, name) of what a family was sent, in the school's order."""
    ids = _of_family(wanted, select(Message.category_id)).distinct()
    named = select(Category.id, Category.name).where(Category.id.in_(ids))
    return session.execute(named.order_by(Category.position, Category.id)).all()


def _of_family(wanted: FamilyFilter, statement: Any) -> Any:
    mine = (
        statement.select_from(Message)
        .join(
            MessageReader,
            and_(
                MessageReader.message_id == Message.id,
                MessageReader.reader_id.in_(wanted.readers),
            ),
        )
        .join(Recipient, _RECIPIENT_OF)
        .where(
            Message.school_id == wanted.school_id,
            Message.state.in_([state.value for state in SENT]),
            Message.test_of.is_(None),
            Message.released_at > wanted.since,
            ~_REVOKED,
        )
    )
    if wanted.member_id is not None:
        mine = mine.where(MessageReader.member_id == wanted.member_id)
    if wanted.category_id is not None:
        mine = mine.where(Message.category_id == wanted.category_id)
    return mine.where(*words_in_subject(wanted.query))
