"""What every house tells is written down once, in order, per school, and shown to who may see it (ID-9 begun)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

from common import bus, clock
from common.db import Database
from common.schemas import Envelope
from identity.actions.operation_log import append_operation
from identity.worker import QUEUES, create_worker


def event(school_id: UUID | None, action: str = "message.released", **details: Any) -> Envelope:
    payload = {
        "action": action,
        "actor_kind": "staff",
        "actor_id": uuid4(),
        "target_kind": "message",
        "target_id": uuid4(),
        "details": details,
    }
    return Envelope.load(Envelope.of("operation.recorded", school_id, payload).dump())


def append(database: Database, one: Envelope) -> None:
    with database.for_system() as session:
        append_operation(session, one, None, now=clock.now())


def test_the_log_is_shown_newest_first_page_by_page(door, school, database) -> None:
    events = [event(school.id, heads=number) for number in range(5)]
    for one in events:
        append(database, one)
    seen, after = [], ""
    while after is not None:
        page = door.as_staff(school.id, "GET", f"/operation-log?limit=2{after and f'&after={after}'}").json
        seen += page["items"]
        after = page["next"]
    assert [line["details"]["heads"] for line in seen] == [4, 3, 2, 1, 0]
    assert [line["position"] for line in seen] == [5, 4, 3, 2, 1]
    assert [line["id"] for line in seen] == [str(one.id) for one in reversed(events)]


def test_each_school_sees_its_own_log_and_only_who_may(door, make_school, database) -> None:
    here, there = make_school(), make_school()
    for school_id in (here.id, there.id, None):
        append(database, event(school_id))
    assert [line["position"] for line in door.as_staff(here.id, "GET", "/operation-log").json["items"]] == [1]
    assert door.as_staff(here.id, "GET", "/operation-log", functions=["messages.send"]).status_code == 403
    assert door.as_service("gateway", "GET", "/operation-log", school_id=here.id).status_code == 403


def test_lines_written_at_the_same_time_are_numbered_without_a_gap(door, school, database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: append(database, one), [event(school.id) for _ in range(24)]))
    lines = door.as_staff(school.id, "GET", "/operation-log").json["items"]
    assert [line["position"] for line in lines] == list(range(24, 0, -1))


async def test_what_is_told_at_the_door_arrives_in_the_log_once(door, school, database, settings) -> None:
    door.sign_in(school.administrator_mail, "wrong wrong wrong")
    door.sign_in(school.administrator_mail)
    twice = event(school.id, "message.withdrawn")
    stop, transport = asyncio.Event(), bus.open_transport("memory://")
    await transport.start()
    await transport.declare(QUEUES)
    running = [
        asyncio.create_task(create_worker(settings, database, transport).run(stop)),
        asyncio.create_task(bus.Relay(database, transport, "identity").run(stop)),
    ]
    for _ in range(2):
        await transport.publish(bus.Outgoing("operation.recorded", twice.dump(), twice.id))
    expected = {"school.created", "account.created", "account.sign_in_failed", "account.signed_in", "message.withdrawn"}
    try:
        async with asyncio.timeout(30):
            while {line["action"] for line in shown(door, school)} != expected:
                await asyncio.sleep(0.05)
    finally:
        stop.set()
        await asyncio.gather(*running)
        await transport.close()
    assert len(shown(door, school)) == len(expected)


def shown(door, school) -> list[dict[str, Any]]:
    return door.as_staff(school.id, "GET", "/operation-log").json["items"]
