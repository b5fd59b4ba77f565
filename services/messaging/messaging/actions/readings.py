"""Read and confirm through a personal link (MSG-8, MSG-25, DIR-15)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.errors import ServiceError
from messaging import events
from messaging.domain.errors import LinkExpired, LinkGone, LinkRevoked, LinkUnknown, NotConfirmable
from messaging.domain.links import Reader
from messaging.domain.states import SENT
from messaging.store import readings, revocations


@dataclass(frozen=True, slots=True)
class AddressedChild:
    """A child for whom a reader stands, as it was when the message was sent."""

    member_id: UUID
    display_name: str | None
    class_name: str | None


@dataclass(frozen=True, slots=True)
class ShownCategory:
    """What a message is filed under, as families see it."""

    name: str
    mark: str
    colour: str


@dataclass(frozen=True)
class Reading:
    """A message as one reader sees it.

    `version`: of its content, which never changes once it is sent. `confirmable`: this reader may
    press the button. `confirmed_at`: when it was first pressed for these children, by anybody.
    `is_staff`: a member of staff reads for themselves. `is_revoked`: none of its children is this
    reader's any more, who still sees the text.
    """

    message_id: UUID
    school_id: UUID
    version: int
    lane: str
    subject: str
    body: str
    label: str | None
    sent_at: datetime
    children: tuple[AddressedChild, ...]
    confirmable: bool
    confirmed_at: datetime | None
    is_staff: bool
    is_revoked: bool
    category: ShownCategory | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A confirmation: when, and for which children it counts."""

    confirmed_at: datetime
    children: tuple[UUID, ...]


def read(session: Session, reader: Reader, *, now: datetime) -> Reading:
    """Return what the link shows, changing nothing: scanners and previews fetch links.

    Needs a session of the system. Raise LinkUnknown, LinkGone, LinkExpired.
    """
    rows = readings.find_reading(session, reader)
    if not rows:
        raise LinkGone()
    message = rows[0]
    if message.member_id is None:
        # Two who were found to be one: the message went to the other id.
        for same in _same_readers(session, reader):
            found = readings.find_reading(session, same)
            if found and found[0].member_id is not None:
                rows, message, reader = found, found[0], same
                break
    if message.state not in SENT:
        raise LinkUnknown()
    expires_at = message.link_expires_at
    is_expired = expires_at is None or expires_at <= now
    if is_expired:
        raise LinkExpired()
    if message.member_id is None:
        raise LinkUnknown()
    own = [row for row in rows if not row.is_revoked]
    return reading_of(message, own, reader)


def reading_of(message: Any, own: Sequence[Any], reader: Reader) -> Reading:
    """Return a message as a reader sees it. `own`: its rows of the reader's own children."""
    is_staff = message.member_id == reader.reader_id
    return Reading(
        message_id=message.id,
        school_id=message.school_id,
        version=message.version,
        lane=message.lane,
        subject=message.subject,
        body=message.body,
        label=None if is_staff else message.family_label,
        sent_at=message.released_at,
        children=tuple(
            AddressedChild(row.member_id, row.display_name, row.class_name) for row in own
        ),
        confirmable=message.confirmable and bool(own),
        confirmed_at=_confirmed_at([row.confirmed_at for row in own]),
        is_staff=is_staff,
        is_revoked=not own,
        category=_category_of(message),
    )


def _category_of(message: Any) -> ShownCategory | None:
    if message.category_name is None:
        return None
    return ShownCategory(message.category_name, message.category_mark, message.category_colour)


def _confirmed_at(moments: Sequence[datetime | None]) -> datetime | None:
    """Return when the last of the children was confirmed, None while one is open.

    A child can come on a later page.
    """
    known = [moment for moment in moments if moment is not None]
    if not known or len(known) < len(moments):
        return None
    return max(known)


def confirm_reading(
    session: Session, reader: Reader, *, now: datetime, school_id: UUID | None = None
) -> Confirmation:
    """Confirm a message for all of the reader's children in it.

    What is confirmed already keeps its first time. The press also proves the contact point by which
    its link came, whoever confirmed before. `school_id`: whose message it must be, where a house
    tells who pressed; a link says it itself.

    Needs a session of the system. Raise LinkUnknown, LinkGone, LinkExpired, LinkRevoked,
    NotConfirmable.
    """
    confirmed = _confirm_as_any(session, reader, now, school_id)
    if not confirmed:
        raise _why_not(session, reader, now, school_id)
    newly = [row for row in confirmed if row.confirmed_at == now]
    if newly:
        record_confirmed(session, reader, newly)
    if reader.contact_point_id is not None:
        _prove(session, reader.contact_point_id, confirmed, now)
    confirmed_at = max(row.confirmed_at for row in confirmed)
    return Confirmation(confirmed_at, tuple(sorted(row.member_id for row in confirmed)))


def _confirm_as_any(
    session: Session, reader: Reader, now: datetime, school_id: UUID | None
) -> Sequence[Any]:
    """Confirm as the reader, or by an id under which it was addressed before it was joined."""
    confirmed = readings.confirm(session, reader, now, school_id)
    if confirmed:
        return confirmed
    for same in _same_readers(session, reader):
        confirmed = readings.confirm(session, same, now, school_id)
        if confirmed:
            return confirmed
    return ()


def _same_readers(session: Session, reader: Reader) -> list[Reader]:
    others = revocations.list_same_readers(session, reader.reader_id)
    return [replace(reader, reader_id=other) for other in others]


def list_reader_ids(session: Session, guardian_ids: Iterable[UUID]) -> list[UUID]:
    """Return by which ids these guardians were addressed: their own, and those of before they were
    joined from two.
    """
    found = []
    for guardian_id in guardian_ids:
        found.append(guardian_id)
        found += revocations.list_same_readers(session, guardian_id)
    return list(dict.fromkeys(found))


def _why_not(
    session: Session, reader: Reader, now: datetime, school_id: UUID | None
) -> ServiceError:
    """Return why a press confirmed nothing; raise LinkUnknown, LinkGone, LinkExpired."""
    try:
        reading = read(session, reader, now=now)
    except LinkGone:
        # Only what we signed ourselves tells that a message was there.
        return LinkGone() if school_id is None else LinkUnknown()
    is_of_another = school_id is not None and reading.school_id != school_id
    if is_of_another:
        return LinkUnknown()
    if reading.is_revoked:
        return LinkRevoked()
    return NotConfirmable()


def record_confirmed(session: Session, reader: Reader, newly: Sequence[Any]) -> None:
    """Say for the operation log that a reader confirmed for these children."""
    first = newly[0]
    kind = "staff" if first.member_id == reader.reader_id else "guardian"
    events.put_confirmed(
        session,
        first.school_id,
        reader.message_id,
        actor=(kind, reader.reader_id),
        children=len(newly),
    )


def _prove(
    session: Session, contact_point_id: UUID, confirmed: Sequence[Any], now: datetime
) -> None:
    school_id = confirmed[0].school_id
    ids = [row.id for row in confirmed]
    if readings.prove(session, school_id, contact_point_id, ids, now):
        events.put_proved(session, school_id, contact_point_id, now)
