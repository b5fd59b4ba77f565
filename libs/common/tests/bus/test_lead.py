"""One clock a house.

The lead is a lease in the house's database, and ends by itself when its holder falls mute.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from bus_world import World
from sqlalchemy.orm import Session

from common import clock
from common.db import Database
from common.schedule import Job, every, run_clock
from common.testing.mute import Way, way_to

TAKES_OVER_SECONDS = 15.0


@pytest.fixture
def way(world: World) -> Iterator[Way]:
    """Give a way to the house's database that can fall mute."""
    with way_to(address_of(world.database)) as way:
        yield way


def address_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


class Runs:
    """When each clock ran its job, by its name."""

    def __init__(self) -> None:
        self.of: dict[str, list[float]] = {}

    def job(self, name: str) -> Job:
        def run(session: Session, *, now: datetime) -> None:
            self.of.setdefault(name, []).append(clock.monotonic())

        return every(seconds=0.1, action=run)

    def newest(self, name: str) -> float:
        return max(self.of.get(name, [0.0]))


@asynccontextmanager
async def clock_of(world: World, database: Database, runs: Runs, name: str) -> AsyncIterator[None]:
    stop = asyncio.Event()
    transport = await world.open()
    task = asyncio.create_task(
        run_clock(world.keys_of(), database, transport, [runs.job(name)], stop)
    )
    try:
        yield
    finally:
        stop.set()
        await task


@pytest.mark.processes
@pytest.mark.parametrize("world", ["rabbit"], indirect=True)
async def test_when_the_leaders_database_falls_mute_another_clock_leads_and_publishes(
    world: World, way: Way
) -> None:
    runs = Runs()
    first = Database.connect(way.url(address_of(world.database)))
    await world.open(world.queue("work", "message.stopped"))
    async with clock_of(world, first, runs, "first"):
        await world.until(lambda: runs.newest("first"))
        async with clock_of(world, world.database, runs, "second"):
            way.fall_mute()
            try:
                world.put()
                await world.until(lambda: runs.newest("second"), TAKES_OVER_SECONDS)
                await world.until(lambda: world.unpublished() == 0)
            finally:
                way.speak_again()
            began = runs.of["second"][0]
            until = clock.monotonic() + 5.0
            await world.until(lambda: clock.monotonic() > until)
            assert runs.newest("first") < began, "never two leaders"
            assert runs.newest("second") > until - 1.0
    first.dispose()


@pytest.mark.rabbit
@pytest.mark.parametrize("world", ["rabbit"], indirect=True)
async def test_a_clock_that_leaves_gives_its_lead_up_at_once(world: World) -> None:
    runs = Runs()
    async with clock_of(world, world.database, runs, "first"):
        await world.until(lambda: runs.newest("first"))
    async with clock_of(world, world.database, runs, "second"):
        await world.until(lambda: runs.newest("second"), 5.0)
