"""What a family was sent, for its own page: to look through, read and confirm (MY-1, DIR-15).

Who they are says directory; what each of them may read says messaging: revocations of a
guardianship hold here as they hold for links.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.ids import read_id
from messaging.actions.readings import (
    Confirmation,
    Reading,
    list_reader_ids,
    reading_of,
    record_confirmed,
)
from messaging.domain.errors import LinkUnknown, NotConfirmable, PlaceUnreadable
from messaging.domain.links import Reader
from messaging.store import family_messages as store
from messaging.store import readings
from messaging.store.family_messages import FamilyFilter, FamilyPlace

# A school year, and what came at the end of the one before.
SHOWN_FOR = timedelta(days=400)
OPENING = 60


@dataclass(frozen=True, slots=True)
class FamilyReaders:
    """Who reads: the guardians of one page, as directory names them.

    `member_id`: of whom messages are wanted alone.
    """

    school_id: UUID
    guardian_ids: tuple[UUID, ...]
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FamilySearch:
    """What of the list is looked for: words of the subject, a category.

    `with_categories`: say, too, which ones there are to choose from.
    """

    query: str = ""
    category_id: UUID | None = None
    with_categories: bool = False


@dataclass(frozen=True, slots=True)
class ListPart:
    """Which part of a list: so many after a place."""

    after: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class MessagesSeen:
    """A part of the list; `next`: where the next part begins, None at the end.

    `categories`: of all that the family was sent, where they were asked for.
    """

    items: list[dict[str, Any]]
    next: str | None
    categories: Sequence[Any] = ()


def list_family_messages(
    session: Session,
    family: FamilyReaders,
    part: ListPart,
    search: FamilySearch,
    *,
    now: datetime,
) -> MessagesSeen:
    """Return what a family was sent: what waits for its press first, then the newest first."""
    everything = _wanted(session, family, now)
    categories: Sequence[Any] = ()
    if search.with_categories:
        of_all_children = replace(everything, member_id=None)
        categories = store.list_categories(session, of_all_children)
    wanted = replace(
        everything,
        query=search.query,
        category_id=search.category_id,
    )
    begin = _read_place(part.after) if part.after else None
    places = store.list_places(session, wanted, after=begin, limit=part.limit)
    shown = places[: part.limit]
    rows = store.list_with_children(session, wanted, [place.message_id for place in shown])
    by_message: dict[UUID, list[Any]] = {}
    for row in rows:
        by_message.setdefault(row.id, []).append(row)
    items = [
        _describe(place, by_message[place.message_id])
        for place in shown
        if place.message_id in by_message
    ]
    is_more = len(places) > part.limit
    following = _write_place(shown[-1]) if is_more else None
    return MessagesSeen(items, following, categories)


def _wanted(session: Session, family: FamilyReaders, now: datetime) -> FamilyFilter:
    readers = list_reader_ids(session, family.guardian_ids)
    return FamilyFilter(family.school_id, readers, family.member_id, now - SHOWN_FOR, now)


def _describe(place: FamilyPlace, rows: Sequence[Any]) -> dict[str, Any]:
    reader = Reader(place.message_id, place.message_id)
    reading = reading_of(rows[0], _once(rows), reader)
    return {
        "id": reading.message_id,
        "subject": reading.subject,
        "opening": _opening_of(reading.body),
        "lane": reading.lane,
        "sent_at": reading.sent_at,
        "children": reading.children,
        "waits": place.waits,
        "confirmed_at": reading.confirmed_at,
        "category": reading.category,
    }


def _opening_of(body: str) -> str:
    text = " ".join(body.split())
    return text if len(text) <= OPENING else f"{text[:OPENING]}…"


def _once(rows: Iterable[Any]) -> list[Any]:
    """Return the rows with each child once: both parents may read at one page."""
    by_child = {row.member_id: row for row in rows}
    return list(by_child.values())


def read_as_family(
    session: Session, family: FamilyReaders, message_id: UUID, *, now: datetime
) -> Reading:
    """Return a message as a family reads it, changing nothing; raise LinkUnknown.

    What is too old for a link is still read here, and confirmed no more.
    """
    wanted = _wanted(session, family, now)
    rows = store.list_with_children(session, wanted, [message_id])
    if not rows:
        raise LinkUnknown()
    reading = reading_of(rows[0], _once(rows), Reader(message_id, message_id))
    expires_at = rows[0].link_expires_at
    is_in_time = expires_at is not None and expires_at > now
    return replace(reading, confirmable=reading.confirmable and is_in_time)


def confirm_as_family(
    session: Session, family: FamilyReaders, message_id: UUID, *, now: datetime
) -> Confirmation:
    """Confirm a message for all of the family's children in it; the first time stays.

    Raise LinkUnknown, NotConfirmable.
    """
    confirmed: dict[UUID, Any] = {}
    for reader_id in list_reader_ids(session, family.guardian_ids):
        reader = Reader(message_id, reader_id)
        rows = readings.confirm(session, reader, now, family.school_id)
        newly = [row for row in rows if row.confirmed_at == now and row.member_id not in confirmed]
        if newly:
            record_confirmed(session, reader, newly)
        confirmed |= {row.member_id: row for row in rows}
    if not confirmed:
        read_as_family(session, family, message_id, now=now)
        raise NotConfirmable()
    confirmed_at = max(row.confirmed_at for row in confirmed.values())
    return Confirmation(confirmed_at, tuple(sorted(confirmed)))


def _write_place(place: FamilyPlace) -> str:
    return f"{int(place.waits)}_{place.released_at.isoformat()}_{place.message_id}"


def _read_place(text: str) -> FamilyPlace:
    """Return the place that we wrote; raise Invalid for a text that is none."""
    try:
        waits, moment, message_id = text.split("_")
        released_at = datetime.fromisoformat(moment)
        return FamilyPlace(waits == "1", released_at, read_id(message_id))
    except ValueError:
        raise PlaceUnreadable() from None
