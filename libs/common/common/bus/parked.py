"""Events that could not be handled.

They are kept with their reason, visible, until somebody replays or drops them.
"""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from common import clock
from common.bus import inbox, outbox, tables
from common.bus.transport import Incoming
from common.errors import NotFound, Refused
from common.logs import scrub
from common.schemas import Envelope

DETAIL_LENGTH = 4000
CRASHED = "crashed"
# The reason with which an event stands aside whose owner did not sign it.
UNSIGNED = "unsigned"


class Inadmissible(Exception):
    """An event that must not be handled: it is parked at the first try, with this reason."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """One event set aside.

    `queue`: which could not handle it; `attempts`: how often it was tried.
    """

    queue: str
    reason: str
    detail: str
    body: str
    event_id: UUID | None = None
    type: str | None = None
    attempts: int = 1
    id: UUID = field(default_factory=uuid4)
    parked_at: datetime = field(default_factory=clock.now)

    @classmethod
    def of(
        cls, message: Incoming, queue: str, reason: str, detail: str, attempts: int = 1
    ) -> ParkedEvent:
        """Return what is kept of a message that could not be handled."""
        body = readable(message.body)
        return cls(queue, reason, detail, body, message.event_id, type_of(body), attempts)


def park(session: Session, event: ParkedEvent) -> bool:
    """Set an event aside; return False when its queue has handled or parked it already.

    An unsigned one does not count as had: the true one, which its owner has signed, must not find
    its place taken.
    """
    acquit(session, event)
    ask = inbox.is_unheard if event.reason == UNSIGNED else inbox.first_time
    is_new = event.event_id is None or ask(session, event.queue, event.event_id, event.parked_at)
    if event.reason == UNSIGNED:
        is_new = is_new and not _is_parked(session, event)
    if is_new:
        _insert(session, event)
    return is_new


def forget_unsigned(session: Session, queue: str, event_id: UUID) -> None:
    """Drop an unsigned copy of an event that came signed."""
    table = tables.parked_events
    copies = (table.c.event_id == event_id, table.c.queue == queue, table.c.reason == UNSIGNED)
    session.execute(delete(table).where(*copies))


def accuse(session: Session, suspect: ParkedEvent) -> bool:
    """Park an event before it is handled once more, alone.

    Returns False when it was accused before, and so is guilty: if it takes its worker down again,
    the row is there already. Without this, those that were only in hand beside a crash-maker would
    be parked with it: their deliveries count as well.
    """
    if _is_parked(session, suspect):
        return False
    _insert(session, suspect)
    return True


def acquit(session: Session, suspect: ParkedEvent) -> None:
    """Take an accusation back: the event did no harm, or is now parked for good."""
    session.execute(delete(tables.parked_events).where(*_same(suspect, CRASHED)))


def _is_parked(session: Session, event: ParkedEvent) -> bool:
    known = select(tables.parked_events.c.id).where(*_same(event, event.reason))
    return session.execute(known).first() is not None


def _same(event: ParkedEvent, reason: str) -> tuple[ColumnElement[bool], ...]:
    table = tables.parked_events
    return (
        table.c.event_id == event.event_id,
        table.c.queue == event.queue,
        table.c.reason == reason,
    )


def _insert(session: Session, event: ParkedEvent) -> None:
    row = {column.name: getattr(event, column.name) for column in tables.parked_events.c}
    row["detail"] = _storable(event.detail)[:DETAIL_LENGTH]
    row["type"] = _storable(event.type) if event.type else None
    session.execute(insert(tables.parked_events).values(row))


def list_parked(session: Session, limit: int = 100) -> list[ParkedEvent]:
    """Return what is parked, oldest first."""
    table = tables.parked_events
    found = session.execute(select(table).order_by(table.c.parked_at, table.c.id).limit(limit))
    return [ParkedEvent(**row) for row in found.mappings()]


def replay(session: Session, parked_id: UUID) -> UUID:
    """Put a parked event back into the outbox, for the queue that parked it alone.

    Returns its new event id: the inbox knows the old one. Raises NotFound; Refused when the body
    can't be read, which no replay mends.
    """
    row = _get(session, parked_id)
    body = _object(row.body)
    event = Envelope(
        type=row.type or "unknown",
        school_id=_school_of(body),
        payload={},
        id=uuid4(),
        occurred_at=clock.now(),
    )
    body["id"] = str(event.id)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    outbox.put_texts(session, [(event, text, row.queue)])
    drop(session, parked_id)
    return event.id


def _school_of(body: dict[str, Any]) -> UUID | None:
    try:
        return UUID(body["school_id"]) if body.get("school_id") else None
    except (ValueError, TypeError, AttributeError):
        return None


def drop(session: Session, parked_id: UUID) -> None:
    """Delete a parked event; raise NotFound."""
    _get(session, parked_id)
    session.execute(delete(tables.parked_events).where(tables.parked_events.c.id == parked_id))


def drop_school(session: Session, school_id: UUID) -> None:
    """Delete what is parked of a school whose data is erased; replaying it would change nothing."""
    table = tables.parked_events
    # As Envelope writes it.
    mark = f'"school_id":"{school_id}"'
    session.execute(delete(table).where(table.c.body.contains(mark, autoescape=True)))


def _get(session: Session, parked_id: UUID) -> Any:
    table = tables.parked_events
    row = session.execute(select(table).where(table.c.id == parked_id)).one_or_none()
    if row is None:
        raise NotFound("parked_event_not_found", "There is no such parked event.")
    return row


def _object(body: str) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refused("not_replayable", "The event's body can't be read; drop it.")
    return parsed


def readable(body: bytes) -> str:
    """Return a message's bytes as text that a database takes, whatever they are.

    PostgreSQL refuses NUL.
    """
    return body.decode(errors="replace").replace("\x00", "\ufffd")


def _storable(text: str) -> str:
    """Return a text as a database takes it.

    A stranger's event could otherwise not even be set aside.
    """
    return readable(text.encode(errors="replace"))


def type_of(body: str) -> str | None:
    """Return the type that a message's text claims to be; None when it can't be read.

    At most 100 characters of it.
    """
    try:
        claimed = json.loads(body)["type"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return claimed[:100] if isinstance(claimed, str) else None


def describe(error: BaseException) -> str:
    """Return an error's type, scrubbed message and places.

    It is enough to find the bug, without personal data. Of a database error only the kind: its text
    holds the statement's parameters and the row that offended.
    """
    kind = type(error).__name__
    message = type(error.orig).__name__ if isinstance(error, StatementError) else scrub(str(error))
    places = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return "\n".join([f"{kind}: {message}"[:1000], *places[-20:]])
