"""A house's clock in a night in which nothing happens, and what wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from bus_world import World
from sqlalchemy.orm import Session

from common import clock
from common.bus import outbox, relay
from common.db import Database, is_postgres
from common.db.listen import wake
from common.schedule import Job, every, run_clock
from common.testing.statements import count_statements

WATCHED_SECONDS = 4.0
WORK = "work_of_tests"


class Runs:
    """When a job ran; `next_at`: what it says of its next time."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.next_at: datetime | None = None

    def act(self, session: Session, *, now: datetime) -> datetime | None:
        self.times.append(clock.monotonic())
        next_at, self.next_at = self.next_at, None
        return next_at

    @property
    def job(self) -> Job:
        return every(hours=1, action=self.act, woken_by=WORK)


@pytest.fixture
def other(world: World) -> Iterator[Database]:
    """Give the house's database as another process has it; SQLite has only one process."""
    if not is_postgres(world.database.engine):
        yield world.database
        return
    address = world.database.engine.url.render_as_string(hide_password=False)
    database = Database.connect(address)
    yield database
    database.dispose()


@asynccontextmanager
async def clock_of(world: World, jobs: Sequence[Job]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    transport = await world.open()
    ticking = run_clock(world.keys_of(), world.database, transport, jobs, stop)
    task = asyncio.create_task(ticking)
    try:
        yield
    finally:
        stop.set()
        await task


async def pass_by(seconds: float) -> None:
    """Let so many seconds go by in which nothing happens."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


def leave_work(database: Database) -> None:
    with database.for_system() as session:
        wake(session, WORK)


async def test_an_idle_clock_asks_for_little_but_its_lead(world: World) -> None:
    runs = Runs()
    async with clock_of(world, [runs.job]):
        await world.until(lambda: runs.times)
        count = count_statements(world.database.engine)
        await pass_by(WATCHED_SECONDS)
        # Two or three renewals, and the relay's look: three ages.
        assert count() <= 6
        assert len(runs.times) == 1


async def test_work_that_is_left_wakes_its_job_here_and_in_another_process(
    world: World, other: Database
) -> None:
    runs = Runs()
    async with clock_of(world, [runs.job]):
        await world.until(lambda: runs.times)
        for database in (world.database, other):
            before = len(runs.times)
            await asyncio.to_thread(leave_work, database)
            await world.until(lambda before=before: len(runs.times) > before)


async def test_a_job_runs_at_the_moment_that_it_named(world: World) -> None:
    runs = Runs()
    named = clock.now() + timedelta(seconds=1.5)
    runs.next_at = named
    async with clock_of(world, [runs.job]):
        await world.until(lambda: len(runs.times) == 2)
        assert 0 <= (clock.now() - named).total_seconds() < 1


async def test_a_job_that_is_woken_again_and_again_runs_once_a_second(world: World) -> None:
    runs = Runs()
    async with clock_of(world, [runs.job]):
        await world.until(lambda: runs.times)
        while len(runs.times) < 3:
            await asyncio.to_thread(leave_work, world.database)
        # Its transaction may have begun late, but not by half of that time.
        assert runs.times[2] - runs.times[0] > 1


async def test_an_event_of_another_process_wakes_the_relay(
    world: World, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LONGEST_REST_SECONDS", 3600.0)
    work = world.queue("work", "message.stopped")
    receiver = await world.worker(work, {"message.stopped": world.note()})
    async with world.running(receiver, await world.relay()):
        first = world.put()
        await world.until(lambda: world.effects() == [first])
        await asyncio.to_thread(put_by, other)
        await world.until(lambda: len(world.effects()) == 2)


def put_by(database: Database) -> None:
    with database.for_system() as session:
        outbox.put(session, "message.stopped", {"message_id": uuid4()}, school_id=None)
