"""The house on a real bus (DLV-1): a press at the door, relay, fan-out, a channel that answers,
every event delivered twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from messaging_house import House, MakePoint, MakePupils

from common import bus
from common.bus import memory
from common.keys import Keys
from common.schemas import Envelope
from common.testing.waiting import until
from messaging.actions import sweep
from messaging.worker import create_worker

CHANNEL = bus.Queue("test.deliver", ("delivery.requested.urgent", "delivery.requested.normal"))
REST = bus.Queue("test.rest", ("operation.recorded", "message.stopped"))


@pytest.fixture(autouse=True)
def _forget() -> None:
    memory.forget_everything()


class Doubling:
    """A bus that publishes everything twice."""

    def __init__(self, transport: bus.Transport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    async def publish(self, message: bus.Outgoing) -> None:
        await self._transport.publish(message)
        await self._transport.publish(message)


async def test_a_press_reaches_every_child_through_the_bus_although_all_is_said_twice(
    fresh_house: House, make_pupils: MakePupils, make_point: MakePoint
) -> None:
    house = fresh_house
    transport: Any = Doubling(bus.open_transport("memory://"))
    await transport.start()
    await transport.declare([CHANNEL, REST])
    answering: list[asyncio.Task[None]] = []

    def deliver(incoming: bus.Incoming) -> None:
        event = Envelope.load(incoming.body)
        points = [make_point({member["member_id"]: 1}) for member in event.payload["members"]]
        said = house.settled(event.payload["message_id"], points)
        outgoing = bus.Outgoing("delivery.settled.normal", said.dump(), said.id)
        answering.append(asyncio.ensure_future(transport.publish(outgoing)))
        incoming.ack()

    await transport.consume(CHANNEL, deliver)
    stop = asyncio.Event()
    worker = create_worker(house.settings, house.database, transport, clients=house.town.clients())
    relay = bus.Relay(house.database, transport, Keys(house.settings.keys_dir, "messaging"))
    roles = [asyncio.create_task(worker.run(stop)), asyncio.create_task(relay.run(stop))]
    try:
        house.town.school = replace(house.town.school, undo_seconds=0)
        draft = await asyncio.to_thread(house.draft)
        snapshot = house.town.add_snapshot(make_pupils(1_000))
        assert (await asyncio.to_thread(house.press, draft["id"], snapshot)).status_code == 202

        def is_complete() -> bool:
            house.run(sweep.complete_messages)
            return bool(house.message(draft["id"]).state == "complete")

        await until(is_complete)
    finally:
        stop.set()
        await asyncio.gather(*roles, *answering)
        await transport.close()
    rows = house.recipients(UUID(draft["id"]))
    assert (len(rows), {row.state for row in rows.values()}) == (1_000, {"reached"})
    asked = [
        member["member_id"]
        for event in house.said("delivery.requested")
        for member in event.payload["members"]
    ]
    assert sorted(asked) == sorted(rows)
    with house.database.for_system(read_only=True) as session:
        assert bus.list_parked(session, 10) == []
