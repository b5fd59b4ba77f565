"""A house with the two tables of a dispatcher, on PostgreSQL and on SQLite, and a carrier that does what the route says."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import NullPool

from common import bus, clock
from common.bus import tables as bus_tables
from common.db import Database
from common.db.types import new_metadata
from common.delivery import claims, take_in
from common.delivery.channel import Part, Prepared
from common.delivery.claims import Claim, Claimed, Passed
from common.delivery.dispatcher import Dispatcher
from common.delivery.doors import handlers_of
from common.delivery.flight import NO_ROOM, Booking, Flight
from common.delivery.outcomes import Accepted, NotSent, Outcome
from common.delivery.rows import Tables
from common.delivery.settle import write_settled
from common.delivery.states import WAITING, Policy, settle
from common.delivery.tables import DeliveryColumns, HolderColumns, StoppedMessageColumns
from common.delivery.take_in import FoundPoint, Page
from common.errors import Unavailable
from common.schemas import Envelope
from common.schemas.events import LANES
from common.testing import services

SCHOOL = UUID("018f0000-0000-7000-8000-0000000000aa")
LEASE = timedelta(seconds=150)


class Base(DeclarativeBase):
    metadata = new_metadata()


class Parcel(DeliveryColumns, Base):
    __tablename__ = "parcels"


class StoppedMessage(StoppedMessageColumns, Base):
    __tablename__ = "stopped_messages"


class Holder(HolderColumns, Base):
    __tablename__ = "holders"


bus.add_tables(Base.metadata)
TABLES = Tables(
    "mail",
    Base.metadata.tables["parcels"],
    Base.metadata.tables["stopped_messages"],
    Base.metadata.tables["holders"],
)


@dataclass(frozen=True)
class House:
    """What a dispatcher does to its tables, one transaction a call."""

    database: Database
    tables: Tables = TABLES

    def page(self, count: int, *, lane: str = "normal", route: str = "a.test", message_id: UUID | None = None) -> Page:
        """Return a page of `count` children, each with one guardian and one contact point."""
        owners = [(uuid4(), uuid4()) for _ in range(count)]
        points = [FoundPoint(uuid4(), guardian, None, b"sealed", route) for _, guardian in owners]
        return Page(SCHOOL, message_id or uuid4(), lane, {child: [guardian] for child, guardian in owners}, points)

    def take_in(self, page: Page, policy: Policy | None = None, booking: Booking = NO_ROOM) -> int:
        with self.database.for_school(SCHOOL) as session:
            return take_in.take_in(session, self.tables, page, policy or Policy(), clock.now(), booking)

    def bring(self, page: Page, flight: Flight) -> None:
        """Take a page in as a dispatcher's worker does: with what room the flight has for it. Blocks while it waits for room."""
        handler = handlers_of(self.tables, lambda _: page, Policy(), flight)["delivery.requested"]
        event = Envelope.of("delivery.requested", SCHOOL, {})
        with handler.facts(event) as facts, self.database.for_school(SCHOOL) as session:
            handler.act(session, event, facts, now=clock.now())

    def stop(self, message_id: UUID) -> int:
        with self.database.for_school(SCHOOL) as session:
            return take_in.stop_message(session, self.tables, message_id, SCHOOL, clock.now())

    def claim(self, size: int = 100, *, lane: str = "normal", closed: Sequence[str] = ()) -> list[Claimed]:
        now = clock.now()
        with self.database.for_system() as session:
            wanted = Claim(lane, size, uuid4(), now + LEASE, passed=Passed(closed))
            batches = claims.claim(session, self.tables.deliveries, [wanted], now)
        return [row for batch in batches for row in batch]

    def settle(self, claimed: Sequence[Claimed], outcome: Outcome) -> int:
        now = clock.now()
        return self.do(write_settled, [(row, settle(outcome, row, now)) for row in claimed], now)

    def do(self, action: Callable[..., Any], *values: Any, **named: Any) -> Any:
        """Call `action(session, tables, …)` in a transaction."""
        with self.database.for_system() as session:
            return action(session, self.tables, *values, **named)

    def rows(self) -> list[Any]:
        with self.database.for_system(read_only=True) as session:
            return list(session.execute(sa.select(self.tables.deliveries).order_by(self.tables.deliveries.c.contact_point_id)))

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.rows())

    def answers(self) -> list[dict[str, Any]]:
        """Return the payloads of delivery.settled in the outbox, as messaging will load them."""
        outbox = bus_tables.outbox
        with self.database.for_system(read_only=True) as session:
            bodies = list(session.scalars(sa.select(outbox.c.body).order_by(outbox.c.position)))
        return [Envelope.load(body).payload for body in bodies]

    def answered(self) -> list[dict[str, Any]]:
        return [point for payload in self.answers() for point in payload["points"]]

    def let_time_pass(self) -> None:
        """Make every waiting row due."""
        table = self.tables.deliveries
        with self.database.for_system() as session:
            session.execute(sa.update(table).where(table.c.state.in_(sorted(WAITING))).values(next_attempt_at=clock.now()))


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
    database = Database.connect(f"sqlite:///{tmp_path_factory.mktemp('delivery')}/{Path(__file__).parent.name}.db")
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


@dataclass
class Carrier:
    """The outside world: accepts at once, except on routes in `held`, which wait until they are let go. Keyed (lane, route).

    `sent` in the order of hand-over; `lacking`: messages for which something can't be had, and how that is said;
    `away`: nothing can be had for any; `broken`: a bug of ours in the sender; `shut`: lanes in which nothing goes.
    """

    sent: list[Claimed] = field(default_factory=list)
    held: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    lacking: dict[UUID, Exception] = field(default_factory=dict)
    tried: list[UUID] = field(default_factory=list)
    away: bool = False
    shut: set[str] = field(default_factory=set)
    patience: float = 30.0
    broken: bool = False
    unsent: set[str] = field(default_factory=set)  # lanes whose rows come back
    is_closed: bool = False
    outcome: Outcome = field(default_factory=lambda: Accepted(250, "ok"))

    def hold(self, lane: str, route: str) -> asyncio.Event:
        return self.held.setdefault((lane, route), asyncio.Event())

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[Claimed]:
        message_id = rows[0].message_id
        self.tried.append(message_id)
        if self.away:
            raise Unavailable("service_away", "messaging can't be reached.")
        if message_id in self.lacking:
            raise self.lacking[message_id]
        return Prepared(list(rows))

    async def hand_over(self, lane: str, letters: Sequence[Claimed]) -> AsyncIterator[Part]:
        batch = letters
        self.sent += batch
        if self.broken:
            raise ValueError("a bug")
        parts: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
        for row in batch:
            parts[row.lane, row.route].append(row)
        for key in sorted(parts, key=lambda key: key in self.held):
            if key in self.held:
                await self.held[key].wait()
            outcome = NotSent("pace") if key[0] in self.unsent else self.outcome
            yield [(row.id, outcome) for row in parts[key]]

    def closed_routes(self, now: datetime) -> set[str]:
        return self.closed

    def open_lanes(self, now: datetime) -> list[str]:
        return [lane for lane in LANES if lane not in self.shut]

    async def close(self) -> None:
        self.is_closed = True

    def count(self, lane: str, route: str = "a.test") -> int:
        return sum((row.lane, row.route) == (lane, route) for row in self.sent)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


@pytest.fixture
def until() -> Callable[..., Any]:
    async def wait(fact: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until a fact is true; fail when it isn't in time."""
        deadline = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < deadline, "the fact did not come true in time"
            await asyncio.sleep(0.01)

    return wait


@pytest.fixture
def running() -> Callable[..., Any]:
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
def without() -> Callable[[Database], Any]:
    @contextmanager
    def shut(database: Database) -> Iterator[None]:
        """Let PostgreSQL refuse this database to everybody for the length of a block."""
        name = database.engine.url.database
        server = sa.create_engine(database.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with server.connect() as connection:
            connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            try:
                connection.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
                yield
            finally:
                connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    return shut
