"""From the outbox to the broker: published, confirmed, marked.

One relay a house; what it publishes twice, inboxes skip.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from common import clock, metrics, pulse
from common.bus import held, outbox, signatures, tables
from common.bus.transport import NotConfirmed, Outgoing, Transport, Unroutable
from common.db import Database
from common.db.listen import LONGEST_REST_SECONDS, Wake
from common.errors import Unavailable
from common.keys import Keys

log = structlog.get_logger()

BATCH = 500
# Of one routing key at a time: a queue that answers nothing holds half of what may be unconfirmed,
# and no more.
MOST_OF_A_KEY = 250
# Places among those that only urgent events get: several mute queues could fill all others.
KEPT_FOR_URGENT = 100
# Between two looks at what the broker did not take.
POLL_SECONDS = 1.0
# What is scraped every fifteen seconds need not be younger.
MEASURE_SECONDS = 5.0
# So long a pass waits for the broker; what it confirms later is marked later.
PASS_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 10.0
_COUNT_PARKED = select(func.count()).select_from(tables.parked_events)


class Relay:
    """Publishes what is unpublished, urgent first, in the order it was written.

    Each commit that leaves something wakes it. Rows are marked, never remembered as "id > last": a
    row may take an early position and be committed late. What the broker does not take (nobody
    hears it, a queue is full or mute) sets its routing key aside, and no other.
    """

    def __init__(self, database: Database, transport: Transport, keys: Keys) -> None:
        self._database = database
        self._transport = transport
        self._keys = keys
        self._service = keys.service
        self._aside = Aside(keys.service)
        # Publishes of earlier passes → their rows.
        self._unanswered: dict[asyncio.Task[Exception | None], Any] = {}
        # While the database or the broker is away.
        self._delay = 0.0
        self._measured_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop`; the batch in hand is finished and marked."""
        async with Wake(self._database, [outbox.CHANNEL], stop) as wake:
            try:
                await self._transport.start()
                while not stop.is_set():
                    await wake.listen()
                    with pulse.step("relay.pass"):
                        is_more = await self._pass()
                    if self._delay:
                        await _wait(stop, self._delay)
                    elif not is_more:
                        await wake.rest(self._rest_seconds())
            finally:
                await self._finish()

    def _rest_seconds(self) -> float:
        """Return when to look again unwoken: soon, while the broker has not taken everything."""
        is_owed = bool(self._unanswered) or self._aside.has_any
        return POLL_SECONDS if is_owed else LONGEST_REST_SECONDS

    async def _finish(self) -> None:
        """Mark what is confirmed by now.

        The rest is published again by who comes next, and inboxes skip it.
        """
        if self._unanswered:
            with suppress(Unavailable):
                await self._hear(await self._answers(PASS_SECONDS))
        for task in self._unanswered:
            task.cancel()

    async def _pass(self) -> bool:
        """Publish one batch; return whether there may be more at once."""
        try:
            if not self._transport.is_connected:
                # It is now that the age must be seen to grow.
                await asyncio.to_thread(self._measure)
                return self._stumble("broker_away")
            batch = await asyncio.to_thread(self._read)
            for row in batch:
                self._unanswered[asyncio.create_task(self._publish(row))] = row
            await self._hear(await self._answers(PASS_SECONDS))
        except Unavailable as error:
            return self._stumble(error.code)
        if self._delay:
            log.info("relay.goes_on", service=self._service)
        self._delay = 0.0
        # What was just taken may have held back more: of its key, or for want of places.
        return bool(batch)

    def _read(self) -> list[Any]:
        """Return what is to be published now.

        Urgent events come first, of one routing key no more than its share.
        """
        with self._database.for_system(read_only=True) as session:
            if clock.monotonic() - self._measured_at >= MEASURE_SECONDS:
                is_waiting = self._measure_in(session)
                if not is_waiting:
                    return []
            urgent = self._unpublished(session, tables.URGENT)
            others = self._unpublished(session, f"NOT {tables.URGENT}")
        return self._shares([*urgent, *others])

    def _unpublished(self, session: Session, which: str) -> Sequence[Any]:
        table = tables.outbox
        wanted = select(
            table.c.position,
            table.c.routing_key,
            table.c.body,
            table.c.id,
            table.c.type,
        )
        wanted = wanted.where(text(tables.UNPUBLISHED), text(which))
        kept_back = self._aside.kept_back(clock.monotonic())
        if kept_back:
            # Otherwise events that nobody takes would fill every batch.
            wanted = wanted.where(table.c.routing_key.not_in(kept_back))
        underway = [row.position for row in self._unanswered.values()]
        if underway:
            wanted = wanted.where(table.c.position.not_in(underway))
        oldest = wanted.order_by(table.c.position).limit(BATCH)
        return session.execute(oldest).all()

    def _shares(self, rows: Sequence[Any]) -> list[Any]:
        """Return the rows that may go now.

        A key that is under suspicion sends one, to see whether it is taken.
        """
        counts = Counter(row.routing_key for row in self._unanswered.values())
        chosen: list[Any] = []
        for row in rows:
            key = row.routing_key
            most_of_key = 1 if self._aside.is_suspect(key) else MOST_OF_A_KEY
            is_urgent = key.endswith(".urgent")
            places = BATCH if is_urgent else BATCH - KEPT_FOR_URGENT
            if counts[key] < most_of_key and counts.total() < places:
                counts[key] += 1
                chosen.append(row)
        return chosen

    def _measure(self) -> None:
        with self._database.for_system(read_only=True) as session:
            self._measure_in(session)

    def _measure_in(self, session: Session) -> bool:
        """Tell how long the oldest events have waited here and for other houses.

        Tells also how many stand aside. Returns whether any waits here.
        """
        self._measured_at = clock.monotonic()
        now = clock.now()
        age = outbox.oldest_age(session, now)
        parked = session.scalar(_COUNT_PARKED)
        held_age = held.oldest_age(session, now)
        metrics.record_outbox_age(self._service, age or 0.0)
        metrics.record_parked_now(self._service, parked or 0)
        metrics.record_held_age(self._service, held_age)
        return age is not None

    async def _publish(self, row: Any) -> Exception | None:
        signature = signatures.sign(self._keys, row.type, row.body)
        try:
            await self._transport.publish(Outgoing(row.routing_key, row.body, row.id, signature))
        except (Unroutable, NotConfirmed) as error:
            return error
        return None

    async def _answers(self, seconds: float) -> list[tuple[Any, Exception | None]]:
        """Wait for the broker's answers, at most so long.

        Returns those that came: row and what went wrong with it.
        """
        if not self._unanswered:
            return []
        done, late = await asyncio.wait(self._unanswered, timeout=seconds)
        late_keys = {self._unanswered[task].routing_key for task in late}
        self._aside.suspect(late_keys, "late", clock.monotonic())
        return [(self._unanswered.pop(task), task.result()) for task in done]

    async def _hear(self, answers: Sequence[tuple[Any, Exception | None]]) -> None:
        """Mark what is confirmed, and set the keys aside of what is not."""
        confirmed: list[Any] = []
        taken: set[str] = set()
        unheard: set[str] = set()
        unconfirmed: set[str] = set()
        for row, error in answers:
            if error is None:
                confirmed.append(row.position)
                taken.add(row.routing_key)
            elif isinstance(error, Unroutable):
                unheard.add(row.routing_key)
            elif isinstance(error, NotConfirmed):
                unconfirmed.add(row.routing_key)
        if confirmed:
            await asyncio.to_thread(self._mark, confirmed)
        now = clock.monotonic()
        self._aside.taken(taken)
        self._aside.suspect(unheard, "unroutable", now)
        self._aside.suspect(unconfirmed, "not_confirmed", now)

    def _mark(self, positions: Sequence[int]) -> None:
        table = tables.outbox
        with self._database.for_system() as session:
            these = update(table).where(table.c.position.in_(positions))
            session.execute(these.values(published_at=clock.now()))
        metrics.record_published(self._service, len(positions))

    def _stumble(self, code: str) -> bool:
        if not self._delay:
            log.warning("relay.held", service=self._service, code=code)
        self._delay = min(max(1.0, self._delay * 2), LONGEST_WAIT_SECONDS)
        return False


@dataclass(frozen=True, slots=True)
class _Doubt:
    until: float
    delay: float


class Aside:
    """Routing keys whose events the broker does not take.

    They are left alone for 1, then 2, 4 … 10 s, then tried with one event.
    """

    def __init__(self, service: str) -> None:
        self._service = service
        self._doubts: dict[str, _Doubt] = {}

    def suspect(self, routing_keys: Iterable[str], code: str, now: float) -> None:
        """Leave keys alone for a while, each time longer."""
        for key in routing_keys:
            before = self._doubts.get(key)
            if before is None:
                log.warning("relay.set_aside", service=self._service, routing_key=key, code=code)
                delay = POLL_SECONDS
            elif before.until <= now:
                delay = min(2 * before.delay, LONGEST_WAIT_SECONDS)
            else:
                # Several events of a key meet the same trouble: it counts once.
                continue
            self._doubts[key] = _Doubt(now + delay, delay)

    def taken(self, routing_keys: Iterable[str]) -> None:
        """Trust keys again of which the broker took an event."""
        for key in routing_keys:
            self._doubts.pop(key, None)

    def kept_back(self, now: float) -> list[str]:
        """Return the keys that get nothing at this moment."""
        return [key for key, doubt in self._doubts.items() if doubt.until > now]

    @property
    def has_any(self) -> bool:
        """Whether any key is under suspicion."""
        return bool(self._doubts)

    def is_suspect(self, routing_key: str) -> bool:
        """Return whether a key's last event was not taken."""
        return routing_key in self._doubts


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
