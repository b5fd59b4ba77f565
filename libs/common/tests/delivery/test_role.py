"""A dispatcher's process takes in while it sends, and stops when too much waits (DLV-2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from delivery_house import Carrier, House, Until
from sqlalchemy.orm import Session

from common import clock
from common.bus import Queue, Worker, handler, memory
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Booking
from common.delivery.role import DispatchRole
from common.delivery.states import Policy
from common.delivery.take_in import BookedPage, take_in
from common.keys import Keys
from common.schemas import Envelope
from common.testing.events import published
from common.testing.tokens import make_keys

NORMAL = Queue(
    "dispatch-mail.deliver.normal", ("delivery.requested.normal",), prefetch=1, concurrency=1
)
URGENT = Queue(
    "dispatch-mail.deliver.urgent", ("delivery.requested.urgent",), prefetch=1, concurrency=1
)


class WatchedMemory(memory.Memory):
    """The memory bus, telling what it was asked to do."""

    def __init__(self, keys_dir: Path) -> None:
        super().__init__()
        self.keys_dir = keys_dir
        self.asked: list[str] = []

    async def pause(self, queue_name: str) -> None:
        await super().pause(queue_name)
        self.asked.append(f"pause {queue_name}")

    async def resume(self, queue_name: str) -> None:
        await super().resume(queue_name)
        self.asked.append(f"resume {queue_name}")

    async def ask_for_ten(self, house: House, lane: str) -> None:
        """Publish a page of a message to ten children."""
        page = house.page(10)
        members = [
            {"member_id": child, "guardian_ids": guardians}
            for child, guardians in page.members.items()
        ]
        event = Envelope.of(
            "delivery.requested",
            page.school_id,
            {"message_id": page.message_id, "lane": lane, "members": members},
        )
        await self.publish(published(self.keys_dir, event, f"delivery.requested.{lane}"))


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[WatchedMemory]:
    yield WatchedMemory(make_keys(tmp_path / "keys"))
    memory.forget_everything()


def role_of(house: House, carrier: Carrier, bus: WatchedMemory, **options: Any) -> DispatchRole:
    def act(session: Session, event: Envelope, _facts: object, *, now: datetime) -> None:
        page = house.page(10, lane=event.payload["lane"])
        take_in(session, house.tables, BookedPage(page, Booking()), Policy(), now)

    keys = Keys(bus.keys_dir, "dispatch-mail")
    worker = Worker(
        keys, house.database, bus, [URGENT, NORMAL], {"delivery.requested": handler(act=act)}
    )
    return DispatchRole(
        worker, Dispatcher(house.database, house.tables, carrier), NORMAL, 25, **options
    )


async def test_a_long_backlog_leaves_the_normal_lane_in_the_broker_until_it_is_worked_off(
    house: House, carrier: Carrier, bus: WatchedMemory, until: Until
) -> None:
    carrier.closed = {"a.test"}
    stop = asyncio.Event()
    running = asyncio.create_task(role_of(house, carrier, bus).run(stop))
    await bus.start()
    await bus.declare([URGENT, NORMAL])
    for _ in range(3):
        await bus.ask_for_ten(house, "normal")
    await until(lambda: bus.asked == [f"pause {NORMAL.name}"])
    await bus.ask_for_ten(house, "normal")
    await bus.ask_for_ten(house, "urgent")
    await until(lambda: [row.lane for row in house.rows()].count("urgent") == 10)
    assert len(house.rows()) == 40, "urgent pages come in, normal ones stay in the broker"
    carrier.closed = set()
    await until(lambda: house.states() == {"accepted": 50})
    assert bus.asked == [f"pause {NORMAL.name}", f"resume {NORMAL.name}"]
    stop.set()
    await asyncio.wait_for(running, 20)


@pytest.mark.parametrize("is_alone", [True, False])
async def test_only_a_process_that_is_alone_takes_over_what_it_finds_claimed(
    house: House, carrier: Carrier, bus: WatchedMemory, until: Until, is_alone: bool
) -> None:
    house.take_in(house.page(10))
    house.claim(4)
    stop = asyncio.Event()
    began = clock.now()
    running = asyncio.create_task(role_of(house, carrier, bus, is_alone=is_alone).run(stop))
    expected = {"accepted": 6, "requested": 4} if is_alone else {"accepted": 6, "claimed": 4}
    await until(lambda: house.states() == expected)
    assert [row.unknowns for row in house.rows() if row.state != "accepted"] == [int(is_alone)] * 4
    assert all(row.next_attempt_at > began for row in house.rows() if row.state == "requested")
    stop.set()
    await asyncio.wait_for(running, 20)
