"""From the outbox to the broker: published, confirmed, marked. One relay a house; what it publishes twice, inboxes skip."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg2
import structlog
from sqlalchemy import func, select, update

from common import clock, metrics
from common.bus import outbox, signatures, tables
from common.bus.transport import NotConfirmed, Outgoing, Transport, Unroutable
from common.db import Database
from common.db.listen import open_listener
from common.errors import Unavailable
from common.keys import Keys

log = structlog.get_logger()

BATCH = 500
POLL_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 10.0


class Relay:
    """Publishes what is unpublished, in the order it was written, woken by each commit that leaves something.

    Rows are marked, never remembered as "id > last": a row may take an early position and be committed late.
    """

    def __init__(self, database: Database, transport: Transport, keys: Keys) -> None:
        self._database = database
        self._transport = transport
        self._keys = keys
        self._service = keys.service
        self._deaf_until: dict[str, tuple[float, float]] = {}  # routing key nobody listens to → (not before, delay)
        self._delay = 0.0  # while the database or the broker is away
        self._measured_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop`; the batch in hand is finished and marked."""
        loop, work = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(work.set)

        listener = _Listener(self._database, work)
        self._database.after_commit.append(wake)
        ending = asyncio.create_task(_set_after(stop, work))
        try:
            await self._transport.start()
            while not stop.is_set():
                await listener.keep_open()
                work.clear()
                if await self._pass():
                    continue
                await _wait(stop if self._delay else work, self._delay or POLL_SECONDS)
        finally:
            ending.cancel()
            self._database.after_commit.remove(wake)
            listener.close()

    async def _pass(self) -> bool:
        """Publish one batch; return whether there may be more at once."""
        try:
            if not self._transport.is_connected:
                await asyncio.to_thread(self._measure)  # it is now that the age must be seen to grow
                return self._stumble("broker_away")
            batch = await asyncio.to_thread(self._read)
            answers = await asyncio.gather(*(self._publish(row) for row in batch))
            confirmed = [row.position for row, answer in zip(batch, answers, strict=True) if answer is None]
            if confirmed:
                await asyncio.to_thread(self._mark, confirmed)
            self._hear(batch, answers)
        except Unavailable as error:
            return self._stumble(error.code)
        if any(isinstance(answer, NotConfirmed) for answer in answers):
            return self._stumble("not_confirmed")
        if self._delay:
            log.info("relay.goes_on", service=self._service)
        self._delay = 0.0
        return len(batch) == BATCH

    def _read(self) -> Sequence[Any]:
        table, now = tables.outbox, clock.monotonic()
        columns = (table.c.position, table.c.routing_key, table.c.body, table.c.id, table.c.type)
        wanted = select(*columns).where(table.c.published_at.is_(None))
        deaf = [key for key, (until, _) in self._deaf_until.items() if until > now]
        if deaf:  # or events that nobody hears would fill every batch
            wanted = wanted.where(table.c.routing_key.not_in(deaf))
        with self._database.for_system(read_only=True) as session:
            rows = session.execute(wanted.order_by(table.c.position).limit(BATCH)).all()
        if now - self._measured_at >= POLL_SECONDS:
            self._measure()
        return rows

    def _measure(self) -> None:
        """Tell how long the oldest event has been waiting, and how many stand aside."""
        self._measured_at = clock.monotonic()
        with self._database.for_system(read_only=True) as session:
            age = outbox.oldest_age(session, clock.now())
            parked = session.scalar(select(func.count()).select_from(tables.parked_events)) or 0
        metrics.record_outbox_age(self._service, age)
        metrics.record_parked_now(self._service, parked)

    async def _publish(self, row: Any) -> Exception | None:
        signature = signatures.sign(self._keys, row.type, row.body)
        try:
            await self._transport.publish(Outgoing(row.routing_key, row.body, row.id, signature))
        except (Unroutable, NotConfirmed) as error:
            return error
        return None

    def _mark(self, positions: Sequence[int]) -> None:
        table = tables.outbox
        with self._database.for_system() as session:
            session.execute(update(table).where(table.c.position.in_(positions)).values(published_at=clock.now()))
        metrics.record_published(self._service, len(positions))

    def _hear(self, batch: Sequence[Any], answers: Sequence[Exception | None]) -> None:
        """Remember for 1, then 2, 4 … 10 s which routing keys nobody listens to."""
        unheard = {row.routing_key for row, answer in zip(batch, answers, strict=True) if isinstance(answer, Unroutable)}
        for key in {row.routing_key for row in batch} - unheard:
            self._deaf_until.pop(key, None)
        for key in unheard:
            _, before = self._deaf_until.get(key, (0.0, 0.0))
            if not before:
                log.warning("relay.unroutable", service=self._service, routing_key=key)
            delay = min(max(POLL_SECONDS, before * 2), LONGEST_WAIT_SECONDS)
            self._deaf_until[key] = (clock.monotonic() + delay, delay)

    def _stumble(self, code: str) -> bool:
        if not self._delay:
            log.warning("relay.held", service=self._service, code=code)
        self._delay = min(max(1.0, self._delay * 2), LONGEST_WAIT_SECONDS)
        return False


class _Listener:
    """PostgreSQL's NOTIFY as an asyncio event; nothing on SQLite, whose only process wakes its relay itself."""

    def __init__(self, database: Database, work: asyncio.Event) -> None:
        self._database = database
        self._work = work
        self._connection: Any = None
        self._socket = -1
        self._none = False

    async def keep_open(self) -> None:
        """Listen, again when the connection was lost; without it the relay polls once a second."""
        if self._connection is not None or self._none:
            return
        try:
            self._connection = await asyncio.to_thread(open_listener, self._database.engine, outbox.CHANNEL)
        except psycopg2.OperationalError:
            return
        if self._connection is None:
            self._none = True
            return
        self._socket = self._connection.fileno()  # a lost connection no longer tells
        asyncio.get_running_loop().add_reader(self._socket, self._heard)

    def _heard(self) -> None:
        try:
            self._connection.poll()
        except psycopg2.Error:
            self.close()
            self._work.set()  # a pass opens it again
            return
        self._connection.notifies.clear()
        self._work.set()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            connection.close()


async def _set_after(first: asyncio.Event, second: asyncio.Event) -> None:
    await first.wait()
    second.set()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
