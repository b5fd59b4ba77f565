"""What the three dispatchers' tests share.

The houses next door, a database by the house's own migrations, an event handled. A conftest takes
the fixtures it wants by importing them; they ask it for `settings` and `database`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import MetaData, Table, select, text

from common import clock
from common.bus import Handler, memory, tables
from common.db import Database, migrate
from common.delivery import claims
from common.delivery.channel import Courier, prepare_batch
from common.delivery.claims import Claim, Claimed
from common.delivery.doors import queues_of
from common.delivery.outcomes import NotPrepared, Outcome
from common.schedule import Job
from common.schemas import Envelope
from common.testing import services
from common.testing.contracts import Contracts
from common.testing.events import published
from common.testing.neighbours import Member, Neighbours
from common.web import client
from common.web.client import Misanswered

Hear = Callable[..., None]  # hear(type, payload)
RequestPage = Callable[..., None]  # request_page(message id, *members)
Publish = Callable[..., Awaitable[None]]  # await publish(message id, *members, lane="normal")
States = Callable[[], Counter[str]]
Said = Callable[[str], list[Envelope]]
Answered = Callable[[], list[dict[str, Any]]]
# async with working(): the house's worker runs
Working = Callable[..., AbstractAsyncContextManager[None]]
ClaimRows = Callable[[], list[Claimed]]


async def send_batch(channel: Courier[Any], batch: Sequence[Claimed]) -> dict[UUID, Outcome]:
    """Prepare a batch and hand it over, as the dispatcher's loop does.

    Return row → outcome, each row exactly once.
    """
    until = clock.monotonic() + channel.patience / 2
    prepared = await prepare_batch("test", batch, channel.prepare, until)
    answers = [*prepared.known]
    if prepared.letters:
        async for part in channel.hand_over(batch[0].lane, prepared.letters):
            answers += part
    answered_ids = sorted(row_id for row_id, _ in answers)
    wanted_ids = sorted(row.id for row in batch)
    assert answered_ids == wanted_ids, "each row exactly once"
    return dict(answers)


def claim_all(database: Database, deliveries: Table) -> list[Claimed]:
    """Claim what waits in the normal lane, as the dispatcher's loop does."""
    now = clock.now()
    every_row = Claim("normal", 100, uuid4(), now + timedelta(minutes=2))
    with database.for_system() as session:
        batches = claims.claim(session, deliveries, [every_row], now)
    return [row for batch in batches for row in batch]


async def assert_texts_go_with_the_key(
    neighbours: Neighbours, hear: Hear, channel: Courier[Any], batch: Sequence[Claimed]
) -> None:
    """Let a school's key be destroyed between two batches of a message.

    Its words, kept until then, are asked for again.
    """
    for _ in range(2):
        await send_batch(channel, batch)
    assert _contents_asked(neighbours) == 1
    hear("key.destroyed", {"fingerprint": "0" * 64})
    await send_batch(channel, batch)
    assert _contents_asked(neighbours) == 2


def _contents_asked(neighbours: Neighbours) -> int:
    return sum(path.endswith("/content") for _, path, _ in neighbours.asked)


async def assert_no_stranger_is_believed(
    neighbours: Neighbours, house: str, channel: Courier[Any], batch: Sequence[Claimed]
) -> None:
    """Let something else answer in a house's place, with every status that may be meant.

    Nothing is sent, and nothing ends.
    """
    for status in (200, *range(300, 600)):
        neighbours.strangers = {house: status}
        outcomes = await send_batch(channel, batch)
        assert {type(outcome) for outcome in outcomes.values()} == {NotPrepared}, status
    neighbours.strangers = {}


def assert_no_stranger_says_where_families_are(
    neighbours: Neighbours, request_page: RequestPage
) -> None:
    """Let something else answer in directory's place, with every status.

    The page is asked for again, not taken in as empty.
    """
    page = (neighbours.add_message(), neighbours.add_family("a@a.town.test"))
    for status in (200, *range(300, 600)):
        neighbours.strangers = {"directory": status}
        with pytest.raises(Misanswered):
            request_page(*page)
    neighbours.strangers = {}
    request_page(*page)


@pytest.fixture
def neighbours(settings: Any, contracts: Contracts, monkeypatch: pytest.MonkeyPatch) -> Neighbours:
    """Put the neighbours where this house's clients will find them."""
    made = Neighbours(settings.keys_dir, contracts)
    for service in ("identity", "directory", "messaging", "retention"):
        monkeypatch.setitem(client.transports, service, made)
    return made


@contextmanager
def migrated(
    request: pytest.FixtureRequest, folder: Path, name: str, migrations: Path, metadata: MetaData
) -> Iterator[str]:
    """Make a house's database by its migrations and yield its URL.

    `request.param` names what it is on: postgresql or sqlite.
    """
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/{name}.db"
        migrate.upgrade(url, migrations, metadata)
        yield url
        return
    server: services.PostgresServer = request.getfixturevalue("postgres_server")
    url = services.create_database(server.url, f"{name}_tests")
    migrate.upgrade(url, migrations, metadata)
    yield url
    services.drop_database(server.url, f"{name}_tests")


@contextmanager
def connected(url: str, metadata: MetaData) -> Iterator[Database]:
    """Connect to a house's database for one test, and leave its tables empty."""
    database = Database.connect(url)
    yield database
    with database.for_system() as session:
        for table in reversed(metadata.sorted_tables):
            session.execute(table.delete())
    database.dispose()


@pytest.fixture
def hear(handlers: dict[str, Handler], database: Database, neighbours: Neighbours) -> Hear:
    """Handle an event as the worker does: `hear(type, payload)`.

    The house's conftest gives `handlers`.
    """

    def handle(event_type: str, payload: dict[str, Any]) -> None:
        event = Envelope.load(Envelope.of(event_type, neighbours.school_id, payload).dump())
        handler = handlers[event_type]
        with handler.facts(event) as facts, database.for_school(neighbours.school_id) as session:
            handler.act(session, event, facts, now=clock.now())

    return handle


@pytest.fixture
def request_page(hear: Hear) -> RequestPage:
    """Take one page of a message in: `request_page(message id, *members)`."""

    def request(message_id: UUID, *members: Member, **more: Any) -> None:
        asked = [{"member_id": member, "guardian_ids": guardians} for member, guardians in members]
        payload = {"message_id": message_id, "lane": "normal", "members": asked, **more}
        hear("delivery.requested", payload)

    return request


@pytest.fixture
async def transport(settings: Any) -> AsyncIterator[memory.Memory]:
    """A bus in memory with the house's queues."""
    transport = memory.Memory()
    await transport.start()
    await transport.declare(queues_of(settings.service))
    yield transport
    await transport.close()
    memory.forget_everything()


@pytest.fixture
def publish(transport: memory.Memory, neighbours: Neighbours, settings: Any) -> Publish:
    """Ask for one page of a message on the bus.

    `await publish(message id, *members, lane="normal")`
    """

    async def page(message_id: UUID, *members: Member, lane: str = "normal") -> None:
        asked = [{"member_id": member, "guardian_ids": guardians} for member, guardians in members]
        payload = {"message_id": message_id, "lane": lane, "members": asked}
        event = Envelope.of("delivery.requested", neighbours.school_id, payload)
        await transport.publish(published(settings.keys_dir, event, f"delivery.requested.{lane}"))

    return page


@asynccontextmanager
async def at_work(create: Callable[[memory.Memory], Any]) -> AsyncIterator[None]:
    """Run the role that `create(transport)` makes for the length of a block.

    It has a connection of its own to the bus.
    """
    own = memory.Memory()
    stop = asyncio.Event()
    task = asyncio.create_task(create(own).run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)
        await own.close()


@pytest.fixture
def states(database: Database) -> States:
    """Count deliveries by state."""

    def count() -> Counter[str]:
        with database.for_system(read_only=True) as session:
            return Counter(session.scalars(text("SELECT state FROM deliveries")))

    return count


@pytest.fixture
def said(database: Database) -> Said:
    """Return the events of one type in the outbox, in their order."""

    def read(event_type: str) -> list[Envelope]:
        with database.for_system(read_only=True) as session:
            in_order = select(tables.outbox.c.body).order_by(tables.outbox.c.position)
            bodies = session.scalars(in_order).all()
        events = [Envelope.load(body) for body in bodies]
        return [event for event in events if event.type == event_type]

    return read


@pytest.fixture
def answered(said: Said) -> Answered:
    """Return the points of delivery.settled in the outbox."""

    def read() -> list[dict[str, Any]]:
        points: list[dict[str, Any]] = []
        for event in said("delivery.settled"):
            points += event.payload["points"]
        return points

    return read


def run_jobs(database: Database, jobs: Sequence[Job], now: datetime) -> None:
    """Run each job of a house once."""
    for job in jobs:
        with database.for_system() as session:
            job.action(session, now=now)
