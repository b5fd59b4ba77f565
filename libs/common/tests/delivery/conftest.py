"""A house with the two tables of a dispatcher, on PostgreSQL and on SQLite.

And a carrier that does what the route says, a dispatcher whose flight is small, pages for it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from delivery_house import Base, Bring, Carrier, House, Running, Until, Without
from sqlalchemy.pool import NullPool

from common.db import Database
from common.delivery import flight as flights
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight, Flow
from common.delivery.take_in import DeliveryPage
from common.testing import services


@pytest.fixture(scope="session")
def postgres_database(postgres_server: services.PostgresServer) -> Iterator[Database]:
    url = services.create_database(postgres_server.url, "delivery_tests")
    database = Database.connect(url, pool_size=10)
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()
    services.drop_database(postgres_server.url, "delivery_tests")


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("delivery")
    database = Database.connect(f"sqlite:///{folder}/{Path(__file__).parent.name}.db")
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()


@pytest.fixture(params=["postgres_database", "sqlite_database"])
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    yield from _emptied(request.getfixturevalue(request.param))


@pytest.fixture
def postgres_house(postgres_database: Database) -> Iterator[House]:
    yield from _emptied(postgres_database)


def _emptied(database: Database) -> Iterator[House]:
    yield House(database)
    with database.for_system() as session:
        for table in Base.metadata.sorted_tables:
            session.execute(sa.delete(table))


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page without room wait for it only for a moment."""
    monkeypatch.setattr(flights, "WAIT_SECONDS", 0.2)


@pytest.fixture
def flight() -> Flight:
    return Flight(Flow(in_flight=200, urgent_reserve=100, per_route=150))


@pytest.fixture
def dispatcher(house: House, carrier: Carrier, flight: Flight) -> Dispatcher:
    return Dispatcher(house.database, house.tables, carrier, flight)


@pytest.fixture
def bring(house: House, flight: Flight) -> Bring:
    async def page_of(
        count: int = 0,
        page: DeliveryPage | None = None,
        *,
        route: str = "a.test",
        lane: str = "normal",
    ) -> DeliveryPage:
        """Take a page in, in a thread as the worker does; return it."""
        page = page or house.page(count, route=route, lane=lane)
        await asyncio.to_thread(house.bring, page, flight)
        return page

    return page_of


@pytest.fixture
def until() -> Until:
    async def wait(fact: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until a fact is true; fail when it isn't in time."""
        deadline = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < deadline, "the fact did not come true in time"
            await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def running() -> Running:
    @asynccontextmanager
    async def run(dispatcher: Dispatcher) -> AsyncIterator[asyncio.Event]:
        """Run a dispatcher for the length of a block; yield its stop; fail if it failed."""
        stop = asyncio.Event()
        task = asyncio.create_task(dispatcher.run(stop))
        try:
            yield stop
        finally:
            stop.set()
            await asyncio.wait_for(task, 40)

    return run


@pytest.fixture
def without() -> Without:
    @contextmanager
    def shut(database: Database) -> Iterator[None]:
        """Let PostgreSQL refuse this database to everybody for the length of a block."""
        name = database.engine.url.database
        server = sa.create_engine(
            database.engine.url.set(database="postgres"),
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
        )
        with server.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            try:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    (name,),
                )
                yield
            finally:
                connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    return shut
