"""What the three dispatchers' tests share: the houses next door, a database by the house's own migrations, an event handled.

A conftest takes the fixtures it wants by importing them; they ask it for `settings` and `database`.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa

from common import clock
from common.bus import Handler, memory, tables
from common.crypto import Place, SchoolKey
from common.db import Database, migrate
from common.delivery.channel import Channel, prepare_batch
from common.delivery.claims import Claimed
from common.delivery.doors import queues_of
from common.delivery.outcomes import NotPrepared, Outcome
from common.keys import Keys, TokenRefused
from common.schedule import Job
from common.schemas import Envelope
from common.testing import services
from common.testing.contracts import Contracts
from common.testing.events import published
from common.web import client
from common.web.client import Misanswered

SCHOOL = {
    "name": "みなも市立つばめ野小学校",
    "short_name": "つばめ野小",
    "phone": "03-0000-0000",
    "phone_hours": "8:00〜17:00",
    "mail_local": "tsubameno",
}
_DAYS = ("first_alarm_on", "second_alarm_on", "hard_alarm_on", "erased_by", "backups_leave_on", "gone_by", "erases_on", "ended_on")
_MOMENTS = ("started_at", "erased_at", "key_destroyed_at", "certified_at", "handed_over_at")
ERASING: dict[str, Any] = {
    **dict.fromkeys(_DAYS, "2026-11-30"),
    **dict.fromkeys(_MOMENTS),
    "grace_days": 0,
    "read_only_until": None,
    "school_code": "TSUBAME1",
    "school_name": SCHOOL["name"],
    "state": "erasing",
    "day": 1,
    "alarm": "none",
    "steps": [],
}
Member = tuple[UUID, list[UUID]]  # a child with its guardians; a member of staff: without
Hear = Callable[..., None]  # hear(type, payload)
RequestPage = Callable[..., None]  # request_page(message id, *members)
Publish = Callable[..., Awaitable[None]]  # await publish(message id, *members, lane="normal")
States = Callable[[], Counter[str]]
Said = Callable[[str], list[Envelope]]
Answered = Callable[[], list[dict[str, Any]]]
Working = Callable[..., AbstractAsyncContextManager[None]]  # async with working(): the house's worker runs
ClaimRows = Callable[[], list[Claimed]]


@dataclass
class Neighbours(httpx.BaseTransport):
    """The houses that a dispatcher asks over HTTP, as it sees them: one school, its families, its messages, and its end.

    Answers what the owners declare, and only a caller whose token names the house that is asked. `away`: houses that
    can't be reached. `strangers`: houses in whose place something else answers, with which status. `hidden`: messages
    that staff do not get to see. `missed`: how often one that is away was asked. `is_erasing`: whether retention has
    begun to erase the school.
    """

    keys_dir: Path
    contracts: Contracts
    school_id: UUID = field(default_factory=uuid4)
    key: SchoolKey = field(init=False)
    link_key: bytes = b"link key of one message, 32 byte"
    points: list[dict[str, Any]] = field(default_factory=list)
    children: dict[UUID, list[UUID]] = field(default_factory=dict)  # child → guardians
    contents: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    confirmed: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    strangers: dict[str, int] = field(default_factory=dict)
    missed: int = 0
    is_erasing: bool = False
    hidden: set[UUID] = field(default_factory=set)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = SchoolKey(self.school_id, os.urandom(32))

    def add_family(self, address: str, *, staff: bool = False) -> Member:
        """Add a contact point; return its child with the guardian."""
        return self.add_siblings(address, staff=staff)[0]

    def add_siblings(self, address: str, *, children: int = 1, staff: bool = False) -> list[Member]:
        """Add a contact point; return its children with their guardian."""
        owner, point = uuid4(), uuid4()
        sealed = self.key.encrypt(address, Place("contact_points", "address", point))
        self.points.append(
            {
                "contact_point_id": str(point),
                "guardian_id": None if staff else str(owner),
                "owner_member_id": str(owner) if staff else None,
                "address": base64.b64encode(sealed).decode(),
                "state": "active",
                "health": None,
                "plain": address,
            }
        )
        guardians = [] if staff else [owner]
        members = [owner] if staff else [uuid4() for _ in range(children)]
        self.children |= dict.fromkeys(members, guardians)
        return [(member, guardians) for member in members]

    def rename(self, address: str, number: int = 0) -> None:
        """Give a contact point another address."""
        point = self.points[number]
        place = Place("contact_points", "address", UUID(point["contact_point_id"]))
        point |= {"address": base64.b64encode(self.key.encrypt(address, place)).decode(), "plain": address}

    def add_message(self, **changes: Any) -> UUID:
        message_id = uuid4()
        self.contents[message_id] = {
            "message_id": str(message_id),
            "school": SCHOOL,
            "kind": "notice",
            "lane": "normal",
            "state": "released",
            "mark": None,
            "subject": "運動会の順延について",
            "body": "雨天のため、運動会を順延します。",
            "short_text": "",
            "addressing": "4年2組",
            "names_people": False,
            "pupil_heads": 1,
            "staff_heads": 0,
            "attachments": 0,
            "link_key": base64.b64encode(self.link_key).decode(),
            "confirmable": True,
            "released_at": "2026-11-24T06:05:09+00:00",
        } | changes
        return message_id

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        service, path = request.url.host, request.url.path
        if service in self.away:
            self.missed += 1
            raise httpx.ConnectError("away", request=request)
        if service in self.strangers:
            return httpx.Response(self.strangers[service], html="<h1>It works!</h1>")
        try:
            claims = Keys(self.keys_dir, service).read_token(request.headers["Authorization"].removeprefix("Bearer "))
        except TokenRefused:
            return _refusal(401, "unauthenticated")
        unseen = claims.get("kind") == "staff" and any(str(message_id) in path for message_id in self.hidden)
        if claims.get("school") != str(self.school_id) or unseen:
            return _refusal(404, "not_found")
        body = json.loads(request.content) if request.content else {}
        self.asked.append((service, path, body))
        return self.contracts.passed_response(service, request, self._answer(service, path, body))

    def _answer(self, service: str, path: str, body: dict[str, Any]) -> httpx.Response:
        match service, path.strip("/").split("/"):
            case "identity", ["keys", _]:
                material = base64.b64encode(self.key.material).decode()
                return httpx.Response(200, json={"school_id": str(self.school_id), "material": material, "version": 1})
            case "directory", ["contact-points", "look-up"]:
                owners = {owner for m in body["members"] for owner in (*m["guardian_ids"], m["member_id"])}
                found = [p for p in self.points if {p["guardian_id"], p["owner_member_id"]} & owners]
                return httpx.Response(200, json={"items": found})
            case "directory", ["contact-points", "owners"]:
                return httpx.Response(200, json={"items": [p for p in self.points if p["plain"] == body["address"]]})
            case "messaging", ["messages", message_id, "content"] if UUID(message_id) in self.contents:
                return httpx.Response(200, json=self.contents[UUID(message_id)])
            case "messaging", ["messages", message_id, "confirmations"] if UUID(message_id) in self.contents:
                return self._confirm(UUID(message_id), UUID(body["guardian_id"]))
            case "retention", ["erasures", _]:
                if not self.is_erasing:
                    return _refusal(404, "erasure_not_found")
                return httpx.Response(200, json=ERASING | {"school_id": str(self.school_id)})
        return _refusal(404, "link_unknown" if path.endswith("confirmations") else "message_unknown")

    def _confirm(self, message_id: UUID, reader_id: UUID) -> httpx.Response:
        if self.contents[message_id].get("broken"):
            return _refusal(500, "internal")
        if self.contents[message_id].get("expired"):
            return _refusal(409, "link_expired")
        children = [str(child) for child, guardians in self.children.items() if reader_id in (guardians or [child])]
        moment = self.confirmed.setdefault((message_id, reader_id), "2026-11-23T21:12:40+00:00")
        return httpx.Response(200, json={"confirmed_at": moment, "children": children})


def _refusal(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "No.", "fields": {}}})


async def send_batch(channel: Channel[Any], batch: Sequence[Claimed]) -> dict[UUID, Outcome]:
    """Prepare a batch and hand it over, as the dispatcher's loop does; return row → outcome, each row exactly once."""
    until = clock.monotonic() + channel.patience / 2
    prepared = await prepare_batch("test", batch, channel.prepare, until)
    answers = [*prepared.known]
    if prepared.letters:
        async for part in channel.hand_over(batch[0].lane, prepared.letters):
            answers += part
    assert sorted(row_id for row_id, _ in answers) == sorted(row.id for row in batch), "each row exactly once"
    return dict(answers)


async def assert_no_stranger_is_believed(
    neighbours: Neighbours, house: str, channel: Channel[Any], batch: Sequence[Claimed]
) -> None:
    """Let something else answer in a house's place, with every status that may be meant: nothing is sent, and nothing ends."""
    for status in (200, *range(300, 600)):
        neighbours.strangers = {house: status}
        outcomes = await send_batch(channel, batch)
        assert {type(outcome) for outcome in outcomes.values()} == {NotPrepared}, status
    neighbours.strangers = {}


def assert_no_stranger_says_where_families_are(neighbours: Neighbours, request_page: RequestPage) -> None:
    """Let something else answer in directory's place, with every status: the page is asked for again, not taken in as empty."""
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
def migrated(request: pytest.FixtureRequest, folder: Path, name: str, migrations: Path, metadata: sa.MetaData) -> Iterator[str]:
    """Make a house's database by its migrations, on what `request.param` names (postgresql, sqlite); yield its URL."""
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
def connected(url: str, metadata: sa.MetaData) -> Iterator[Database]:
    """Connect to a house's database for one test, and leave its tables empty."""
    database = Database.connect(url)
    yield database
    with database.for_system() as session:
        for table in reversed(metadata.sorted_tables):
            session.execute(table.delete())
    database.dispose()


@pytest.fixture
def hear(handlers: dict[str, Handler], database: Database, neighbours: Neighbours) -> Hear:
    """Handle an event as the worker does: `hear(type, payload)`; the house's conftest gives `handlers`."""

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
        hear("delivery.requested", {"message_id": message_id, "lane": "normal", "members": asked, **more})

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
    """Ask for one page of a message on the bus: `await publish(message id, *members, lane="normal")`."""

    async def page(message_id: UUID, *members: Member, lane: str = "normal") -> None:
        asked = [{"member_id": member, "guardian_ids": guardians} for member, guardians in members]
        payload = {"message_id": message_id, "lane": lane, "members": asked}
        event = Envelope.of("delivery.requested", neighbours.school_id, payload)
        await transport.publish(published(settings.keys_dir, event, f"delivery.requested.{lane}"))

    return page


@asynccontextmanager
async def at_work(create: Callable[[memory.Memory], Any]) -> AsyncIterator[None]:
    """Run the role that `create(transport)` makes for the length of a block, on a connection of its own to the bus."""
    own, stop = memory.Memory(), asyncio.Event()
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
            return Counter(session.scalars(sa.text("SELECT state FROM deliveries")))

    return count


@pytest.fixture
def said(database: Database) -> Said:
    """Return the events of one type in the outbox, in their order."""

    def read(event_type: str) -> list[Envelope]:
        with database.for_system(read_only=True) as session:
            bodies = session.scalars(sa.select(tables.outbox.c.body).order_by(tables.outbox.c.position)).all()
        return [event for event in map(Envelope.load, bodies) if event.type == event_type]

    return read


@pytest.fixture
def answered(said: Said) -> Answered:
    """Return the points of delivery.settled in the outbox."""
    return lambda: [point for event in said("delivery.settled") for point in event.payload["points"]]


def run_jobs(database: Database, jobs: Sequence[Job], now: datetime) -> None:
    """Run each job of a house once."""
    for job in jobs:
        with database.for_system() as session:
            job.action(session, now=now)
