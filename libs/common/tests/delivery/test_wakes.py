"""A claimer is woken by what makes rows due, in its process or in another, and rests meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

import pytest
import sqlalchemy as sa
from delivery_house import Bring, Carrier, House, Running, Until

from common.db import Database
from common.delivery import dispatcher as dispatchers
from common.delivery.claims import Claimed
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight
from common.delivery.outcomes import NotSent
from common.delivery.rows import give_back
from common.testing.statements import count_statements

WATCHED_SECONDS = 4.0


@pytest.fixture
def rests_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing but a wake or a row's own moment end the rest."""
    monkeypatch.setattr(dispatchers, "LONGEST_REST_SECONDS", 3600.0)


@pytest.fixture
def other(postgres_house: House) -> Iterator[House]:
    """Give the house as another process has it."""
    url = postgres_house.database.engine.url.render_as_string(hide_password=False)
    database = Database.connect(url)
    yield House(database)
    database.dispose()


async def pass_by(seconds: float) -> None:
    """Let so many seconds go by in which nothing happens."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def test_an_idle_dispatcher_asks_for_next_to_nothing(
    house: House, dispatcher: Dispatcher, running: Running, until: Until
) -> None:
    async with running(dispatcher):
        await until(lambda: not dispatcher.busy.is_set())
        count = count_statements(house.database.engine)
        await pass_by(WATCHED_SECONDS)
        # Two or three beats, one look.
        assert count() <= 5


@pytest.mark.usefixtures("rests_for_ever")
async def test_rows_that_wait_wake_the_claimer(
    house: House, dispatcher: Dispatcher, carrier: Carrier, running: Running, until: Until
) -> None:
    async with running(dispatcher):
        await until(lambda: not dispatcher.busy.is_set())
        await asyncio.to_thread(house.take_in, house.page(3))
        await until(lambda: len(carrier.sent) == 3)


@pytest.mark.usefixtures("rests_for_ever")
async def test_an_urgent_page_that_came_straight_in_leaves_the_normal_lane_open_again(
    dispatcher: Dispatcher,
    flight: Flight,
    bring: Bring,
    carrier: Carrier,
    running: Running,
    until: Until,
) -> None:
    async with running(dispatcher):
        await until(lambda: not dispatcher.busy.is_set())
        await bring(2, lane="urgent")
        await until(lambda: len(carrier.sent) == 2)
        await until(lambda: not dispatcher.busy.is_set() and flight.is_open("normal"))


@pytest.mark.usefixtures("rests_for_ever")
class TestFromAnotherProcess:
    @pytest.fixture
    def resting(self, postgres_house: House, carrier: Carrier) -> Dispatcher:
        return Dispatcher(postgres_house.database, postgres_house.tables, carrier)

    async def test_rows_that_it_took_in_wake_the_claimer(
        self,
        other: House,
        resting: Dispatcher,
        carrier: Carrier,
        running: Running,
        until: Until,
    ) -> None:
        async with running(resting):
            await until(lambda: not resting.busy.is_set())
            await asyncio.to_thread(other.take_in, other.page(3))
            await until(lambda: len(carrier.sent) == 3)

    @pytest.mark.parametrize("way", ["given back", "due in a moment"])
    async def test_rows_that_it_lets_go_wake_the_claimer_at_their_time(
        self,
        other: House,
        resting: Dispatcher,
        carrier: Carrier,
        running: Running,
        until: Until,
        way: str,
    ) -> None:
        other.take_in(other.page(3))
        claimed = claim_for(other, resting)
        async with running(resting):
            await until(lambda: not resting.busy.is_set())
            let_go = {"given back": return_rows, "due in a moment": put_off}[way]
            await asyncio.to_thread(let_go, other, claimed)
            await until(lambda: len(carrier.sent) == 3)

    async def test_a_listener_that_was_ended_listens_again(
        self,
        other: House,
        resting: Dispatcher,
        carrier: Carrier,
        running: Running,
        until: Until,
    ) -> None:
        async with running(resting):
            await until(lambda: not resting.busy.is_set() and listeners(other))
            (before,) = listeners(other)
            with other.database.for_system() as session:
                session.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": before})
            await until(lambda: listeners(other) and listeners(other) != [before])
            await asyncio.to_thread(other.take_in, other.page(1))
            await until(lambda: len(carrier.sent) == 1)


def listeners(house: House) -> list[int]:
    listening = (
        "SELECT pid FROM pg_stat_activity "
        "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    )
    with house.database.for_system(read_only=True) as session:
        return list(session.scalars(sa.text(listening)))


def claim_for(house: House, dispatcher: Dispatcher) -> list[Claimed]:
    """Claim rows as a process does that beats like this dispatcher's."""
    claimed = house.claim()
    with house.database.for_system() as session:
        table = house.tables.deliveries
        session.execute(sa.update(table).values(holder=dispatcher.claimer.holder))
    return claimed


def return_rows(house: House, claimed: list[Claimed]) -> None:
    table = house.tables.deliveries
    holder = holder_of(house, claimed)
    these = table.c.id.in_([row.id for row in claimed])
    with house.database.for_system() as session:
        give_back(session, table, holder, these)


def put_off(house: House, claimed: list[Claimed]) -> None:
    """Let rows come back unsent: they are due in a second or two."""
    house.settle(claimed, NotSent("paced"))


def holder_of(house: House, claimed: list[Claimed]) -> UUID:
    table = house.tables.deliveries
    with house.database.for_system(read_only=True) as session:
        query = sa.select(table.c.holder).where(table.c.id == claimed[0].id)
        return session.execute(query).scalar_one()
