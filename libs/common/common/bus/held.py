"""Events that wait for another house, in the house's own database.

They keep no slot, and nothing stays unanswered at the broker. A school whose events fail waits as a
whole: one of them is tried, the others follow as soon as it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from common import clock
from common.bus import tables
from common.bus.transport import Incoming
from common.db.bulk import insert_new
from common.schemas import Envelope

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
# A house that answers, but breaks on the same event again and again, is not away: a person has to
# look. Not before half an hour: a house that is slow for everybody would otherwise have every
# school's pages parked within minutes.
BROKEN_TRIES = 8
BROKEN_FOR = timedelta(minutes=30)
# So long one process has an event to itself; should it take longer, the inbox lets it act once.
TAKEN = timedelta(minutes=2)
# As the column has it; what is longer is nobody's.
MOST_OF_A_SIGNATURE = 255

Line = tuple[str, UUID | None]  # queue, school: what waits one behind the other


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """One event that waits.

    `tries`: how often it failed; `broken`: how often in a row without its house being away.
    """

    queue: str
    event_id: UUID
    school_id: UUID | None
    body: str
    signature: str | None
    code: str
    tries: int
    broken: int
    held_at: datetime
    due_at: datetime

    @classmethod
    def of(cls, message: Incoming, queue: str, event: Envelope) -> HeldEvent:
        """Return what is kept of an event that waits; not tried yet."""
        now = clock.now()
        signature = message.signature
        if len(signature or "") > MOST_OF_A_SIGNATURE:
            signature = None
        return cls(
            queue=queue,
            event_id=event.id,
            school_id=event.school_id,
            body=message.body.decode(),
            signature=signature,
            code="others_wait",
            tries=0,
            broken=0,
            held_at=now,
            due_at=now,
        )

    @property
    def line(self) -> Line:
        return self.queue, self.school_id

    @property
    def is_hopeless(self) -> bool:
        """Return whether a person has to look.

        Its house has broken on it for long, and without being away meanwhile.
        """
        return self.broken >= BROKEN_TRIES and self.due_at - self.held_at >= BROKEN_FOR

    def as_incoming(self) -> Incoming:
        """Return it as it came from the broker, which has been answered already."""
        return Incoming(
            self.body.encode(), self.event_id, 0, _nothing, _nothing, signature=self.signature
        )

    def failed(self, code: str, now: datetime, *, is_broken: bool) -> HeldEvent:
        """Return it after one more try that failed."""
        seconds = min(FIRST_WAIT_SECONDS * 2**self.tries, LONGEST_WAIT_SECONDS)
        return replace(
            self,
            code=code,
            tries=self.tries + 1,
            broken=self.broken + 1 if is_broken else 0,
            due_at=now + timedelta(seconds=seconds),
        )


def _nothing() -> None:
    """Answer nobody."""


def keep(session: Session, event: HeldEvent) -> None:
    """Write an event that waits, and let the others of its line wait as long."""
    held = tables.held_events
    is_new = insert_new(session, held, [asdict(event)]) == 1
    if not is_new and event.tries:
        changes = {
            "code": event.code,
            "tries": event.tries,
            "broken": event.broken,
            "due_at": event.due_at,
        }
        session.execute(update(held).where(*_same(event)).values(changes))
    if event.tries:
        behind = update(held).where(*_in_line(event.line), held.c.due_at < event.due_at)
        session.execute(behind.values(due_at=event.due_at))


def drop(session: Session, event: HeldEvent, now: datetime) -> None:
    """Forget an event that is done with, and let the others of its line go on."""
    held = tables.held_events
    session.execute(delete(held).where(*_same(event)))
    behind = update(held).where(*_in_line(event.line), held.c.due_at > now)
    session.execute(behind.values(due_at=now))


def take_due(session: Session, now: datetime, busy: Collection[Line], most: int) -> list[HeldEvent]:
    """Return the first event of each line that is due, urgent queues first.

    We have them to ourselves for two minutes.
    """
    held = tables.held_events
    is_urgent = held.c.queue.like("%.urgent")
    lines = (
        select(held.c.queue, held.c.school_id, func.min(held.c.held_at))
        .where(held.c.due_at <= now)
        .group_by(held.c.queue, held.c.school_id)
        .order_by(is_urgent.desc(), func.min(held.c.due_at))
    )
    taken: list[HeldEvent] = []
    for queue, school_id, held_at in session.execute(lines).all():
        line = (queue, school_id)
        if len(taken) == most:
            break
        if line in busy:
            continue
        event = _take_first(session, line, held_at, now)
        if event is not None:
            taken.append(event)
    return taken


def _take_first(session: Session, line: Line, held_at: datetime, now: datetime) -> HeldEvent | None:
    """Take the event of a line that is held since then; None where another process was quicker."""
    held = tables.held_events
    first = (
        select(held)
        .where(*_in_line(line), held.c.held_at == held_at, held.c.due_at <= now)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.execute(first).mappings().first()
    if row is None:
        return None
    event = HeldEvent(**row)
    session.execute(update(held).where(*_same(event)).values(due_at=now + TAKEN))
    return event


def count(session: Session) -> Counter[Line]:
    """Return how many events wait in each line."""
    held = tables.held_events
    line = (held.c.queue, held.c.school_id)
    found = session.execute(select(*line, func.count()).group_by(*line))
    return Counter({(queue, school_id): rows for queue, school_id, rows in found})


_OLDEST = select(func.min(tables.held_events.c.held_at))


def oldest_age(session: Session, now: datetime) -> float:
    """Return for how many seconds the oldest of them has been waiting; 0 when none waits."""
    held_at = session.scalar(_OLDEST)
    return 0.0 if held_at is None else max(0.0, (now - held_at).total_seconds())


def _same(event: HeldEvent) -> tuple[ColumnElement[bool], ...]:
    held = tables.held_events
    return held.c.event_id == event.event_id, held.c.queue == event.queue


def _in_line(line: Line) -> tuple[ColumnElement[bool], ...]:
    held = tables.held_events
    queue, school_id = line
    if school_id is None:
        is_of_school: ColumnElement[bool] = held.c.school_id.is_(None)
    else:
        is_of_school = held.c.school_id == school_id
    return held.c.queue == queue, is_of_school
