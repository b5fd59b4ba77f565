"""The dispatch stage of mail in one process: take in → claim → send → settle.

It has the pieces of the real role. `python -m bench.dispatch_stage '{"database_url": …,
"sink_port": …, "mails": …}'` prints the mails a second, from the first page taken in to the last
row settled.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import uvloop
from sqlalchemy import text

from bench.letters import BODY, SUBJECT, address
from bench.services import WAIT_SECONDS
from common import clock
from common.answers.identity import KeyOut
from common.answers.messaging import ContentOut
from common.collector import quiet_collector
from common.crypto import SchoolKey, SealedPlace
from common.db import Database, migrate
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight
from common.delivery.states import Policy
from common.delivery.take_in import BookedPage, DeliveryPage, FoundPoint, take_in
from common.web.client import ServiceClient
from common.web.school_keys import SchoolKeys
from dispatch_mail.actions.family_mails import FamilyMails, OwnMails
from dispatch_mail.actions.hand_over import MailChannel
from dispatch_mail.actions.notice_mails import NoticeMails
from dispatch_mail.clients import Clients
from dispatch_mail.domain.compose import Sender
from dispatch_mail.provider import RelaySettings
from dispatch_mail.store.models import METADATA, TABLES
from suite.houses import HOUSES

PAGE = 480
TAKERS = 2  # as many as dispatch-mail's queue of the normal lane has
LOOK_SECONDS = 0.05  # between two looks: each takes the interpreter from what is measured
# Both are answered by a partial index.
OPEN = "SELECT EXISTS (SELECT FROM deliveries WHERE state IN ('requested', 'deferred'))"
HELD = "SELECT EXISTS (SELECT FROM deliveries WHERE state = 'claimed')"


@dataclass(frozen=True, slots=True)
class Task:
    """What one run does."""

    database_url: str
    sink_port: int
    mails: int


class _Canned:
    """Another house's answer, known beforehand: what other houses do is not this stage's work."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def call(self, *_: Any, **__: Any) -> Any:
        return self._answer


def _clients(key: SchoolKey) -> Clients:
    held: KeyOut = {
        "school_id": str(key.school_id),
        "material": base64.b64encode(key.material).decode(),
        "version": 1,
    }
    directory = cast(ServiceClient, _Canned(None))
    messaging = cast(ServiceClient, _Canned(_content()))
    identity = cast(ServiceClient, _Canned(held))
    return Clients(
        directory,
        messaging,
        identity,
        SchoolKeys(identity),
    )


def _content() -> ContentOut:
    return {
        "message_id": str(uuid4()),
        "school": {
            "kind": "elementary",
            "name": "つばめ野小学校",
            "short_name": "つばめ野小",
            "phone": "03-0000-0000",
            "phone_hours": None,
            "mail_local": "tsubameno",
        },
        "kind": "notice",
        "lane": "normal",
        "state": "released",
        "mark": None,
        "subject": SUBJECT,
        "body": BODY,
        "short_text": "",
        "addressing": "全校",
        "names_people": False,
        "pupil_heads": 1,
        "staff_heads": 0,
        "link_key": base64.b64encode(bytes(32)).decode(),
        "confirmable": False,
        "released_at": None,
    }


def _pages(key: SchoolKey, mails: int) -> list[DeliveryPage]:
    message_id = uuid4()
    return [
        _page(key, message_id, range(start, min(start + PAGE, mails)))
        for start in range(0, mails, PAGE)
    ]


def _page(key: SchoolKey, message_id: UUID, numbers: range) -> DeliveryPage:
    members: dict[UUID, list[UUID]] = {}
    points = []
    for number in numbers:
        guardian_id = uuid4()
        point_id = uuid4()
        members[uuid4()] = [guardian_id]
        mail = address(number)
        domain = mail.partition("@")[2]
        sealed = key.encrypt(mail, SealedPlace("contact_points", "address", point_id))
        points.append(FoundPoint(point_id, guardian_id, None, sealed, domain))
    return DeliveryPage(
        key.school_id,
        message_id,
        "normal",
        members,
        points,
    )


async def _take_in(database: Database, pages: Iterator[DeliveryPage], flight: Flight) -> None:
    def accept(page: DeliveryPage) -> None:
        routes = (point.route for point in page.points)
        with (
            flight.booked(page.lane, routes) as booking,
            database.for_school(page.school_id) as session,
        ):
            take_in(
                session,
                TABLES,
                BookedPage(page, booking),
                Policy(),
                clock.now(),
            )

    for page in pages:
        await asyncio.to_thread(accept, page)


def _ask(database: Database, question: str) -> Any:
    with database.for_system(read_only=True) as session:
        return session.scalar(text(question))


def _is_under_way(database: Database) -> bool:
    return bool(_ask(database, OPEN) or _ask(database, HELD))


async def run(task: Task) -> float:
    """Return the mails a second."""
    migrate.upgrade(task.database_url, HOUSES["dispatch-mail"].migrations, METADATA)
    database = Database.connect(task.database_url)
    key = SchoolKey(uuid4(), bytes(32))
    pages = iter(_pages(key, task.mails))
    sender = Sender("https://renraku.test", "renraku.test", bytes(32))
    clients = _clients(key)
    relay = RelaySettings("127.0.0.1", task.sink_port)
    notices = NoticeMails(clients, database, sender)
    families = FamilyMails(clients, sender)
    own_mails = OwnMails(notices, families)
    channel = MailChannel(clients, relay, sender, own_mails)
    quiet_collector()
    stop = asyncio.Event()
    flight = Flight()
    dispatching = asyncio.create_task(Dispatcher(database, TABLES, channel, flight).run(stop))
    began = clock.monotonic()
    async with asyncio.timeout(WAIT_SECONDS):
        await asyncio.gather(*(_take_in(database, pages, flight) for _ in range(TAKERS)))
        while await asyncio.to_thread(_is_under_way, database):
            await asyncio.sleep(LOOK_SECONDS)
    seconds = clock.monotonic() - began
    stop.set()
    await dispatching
    accepted = _ask(database, "SELECT count(*) FROM deliveries WHERE state = 'accepted'")
    assert accepted == task.mails, f"{accepted} of {task.mails} were accepted"
    database.dispose()
    return task.mails / seconds


if __name__ == "__main__":
    print(uvloop.run(run(Task(**json.loads(sys.argv[1])))))
