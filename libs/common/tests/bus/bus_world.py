"""The world in which the bus runs, as its tests use it.

A bus, a database, and one test's own service.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import Column, Integer, MetaData, String, Table, Uuid, func, insert, select
from sqlalchemy.orm import Session

from common import bus, clock, keys
from common.bus import outbox, tables
from common.db import Database
from common.keys import Keys
from common.schemas import Envelope

DEADLINE_SECONDS = 30.0
SCHOOL = UUID("018f0000-0000-7000-8000-0000000000aa")

METADATA = MetaData()
bus.add_tables(METADATA)
EFFECTS = Table(
    "effects",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("note", String(200), nullable=False),
)


class Runs(Protocol):
    def run(self, stop: asyncio.Event) -> Coroutine[Any, Any, None]: ...


async def until(fact: Callable[[], object], seconds: float = DEADLINE_SECONDS) -> None:
    """Wait until a fact is true; fail when it isn't in time."""
    deadline = clock.monotonic() + seconds
    while not fact():
        assert clock.monotonic() < deadline, "the fact did not come true in time"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def running(*parts: Runs) -> AsyncIterator[None]:
    """Run workers and relays for the length of a block; fail if one of them failed."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(part.run(stop)) for part in parts]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def note(session: Session, event: Envelope, facts: object, *, now: datetime) -> None:
    """Do the simplest thing that can be counted: write the event and its facts down."""
    session.execute(insert(EFFECTS).values(event_id=event.id, note=str(facts)))


@dataclass
class World:
    """A bus, a database, and the names of one test's own service."""

    url: str
    database: Database
    keys_dir: Path
    service: str = field(default_factory=lambda: f"test{uuid4().hex[:8]}")
    opened: list[bus.Transport] = field(default_factory=list)

    def queue(self, what: str, *keys: str, prefetch: int = 20, concurrency: int = 4) -> bus.Queue:
        return bus.Queue(f"{self.service}.{what}", keys, prefetch, concurrency)

    async def open(self, *queues: bus.Queue) -> bus.Transport:
        """Return a started transport on which the queues exist."""
        transport = bus.open_transport(self.url)
        self.opened.append(transport)
        await transport.start()
        await transport.declare(queues)
        return transport

    async def worker(self, queue: bus.Queue, handlers: dict[str, bus.Handler]) -> bus.Worker:
        return bus.Worker(self.keys_of(), self.database, await self.open(queue), [queue], handlers)

    async def relay(self, house: str | None = None) -> bus.Relay:
        """Return the relay of the test's own service, or of a house that shares its outbox."""
        return bus.Relay(self.database, await self.open(), self.keys_of(house))

    def keys_of(self, house: str | None = None) -> Keys:
        """Return the keys of the test's own service, or of another house."""
        name = house or self.service
        keys.initialise(self.keys_dir, (name,))
        return Keys(self.keys_dir, name)

    def put(
        self,
        event_type: str = "message.stopped",
        payload: dict[str, Any] | None = None,
        *,
        lane: str | None = None,
    ) -> UUID:
        """Put one event into the outbox, committed."""
        with self.database.for_school(SCHOOL) as session:
            body = payload or {"message_id": uuid4()}
            return outbox.put(session, event_type, body, school_id=SCHOOL, lane=lane)

    def effects(self) -> list[UUID]:
        with self.database.for_system(read_only=True) as session:
            return list(session.scalars(select(EFFECTS.c.event_id)))

    def parked(self) -> list[bus.ParkedEvent]:
        with self.database.for_system(read_only=True) as session:
            return bus.list_parked(session)

    def unpublished(self) -> int:
        with self.database.for_system(read_only=True) as session:
            waiting = (
                select(func.count())
                .select_from(tables.outbox)
                .where(tables.outbox.c.published_at.is_(None))
            )
            return session.scalar(waiting) or 0

    @staticmethod
    def note() -> bus.Handler:
        return bus.handler(note)

    until = staticmethod(until)
    running = staticmethod(running)
