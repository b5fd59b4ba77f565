"""What becomes of a page that is in the flight when the process ends (DLV-2, DLV-7)."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
import sqlalchemy as sa
from delivery_house import Bring, Carrier, House, Running, Until

from common.delivery import flight as flights
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight

pytestmark = pytest.mark.usefixtures("short_wait")


async def test_what_is_written_while_the_process_is_told_to_stop_is_sent_and_settled(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
) -> None:
    def write_slowly() -> None:
        page = house.page(5)
        with flight.booked("normal", ["a.test"] * 5) as booking:
            stop.set()
            asyncio.run_coroutine_threadsafe(until(lambda: not flight.is_begun), loop).result(20)
            house.take_in(page, booking=booking)

    loop = asyncio.get_running_loop()
    async with running(dispatcher) as stop:
        await until(lambda: flight.is_open("normal"))
        await asyncio.to_thread(write_slowly)
    assert house.states() == {"accepted": 5}
    assert len(carrier.sent) == 5


async def test_a_page_that_waits_for_room_when_the_process_is_told_to_stop_waits_to_be_claimed(
    house: House,
    carrier: Carrier,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flights, "WAIT_SECONDS", 60)
    gate = carrier.hold("normal", "a.test")
    stop = asyncio.Event()
    running = asyncio.create_task(dispatcher.run(stop))
    await until(lambda: flight.is_open("normal"))
    await bring(120)
    coming = asyncio.create_task(bring(90, route="b.test"))
    await until(lambda: flight.is_booked)
    assert not coming.done()
    stop.set()
    await asyncio.wait_for(coming, 20)
    assert house.states() == {"claimed": 120, "requested": 90}
    gate.set()
    await asyncio.wait_for(running, 20)
    assert house.states() == {"accepted": 120, "requested": 90}


async def test_what_is_committed_after_the_dispatcher_has_ended_is_left_to_the_lease(
    house: House, carrier: Carrier, until: Until, flight: Flight, dispatcher: Dispatcher
) -> None:
    dying = asyncio.create_task(dispatcher.run(asyncio.Event()))
    await until(lambda: flight.is_open("normal"))
    with flight.booked("normal", ["a.test"] * 5) as booking:
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await asyncio.to_thread(house.take_in, house.page(5), booking=booking)
    await asyncio.sleep(0)
    assert (house.states(), carrier.sent) == ({"claimed": 5}, [])


async def test_a_crash_after_a_page_came_aboard_is_as_one_after_a_claim(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
) -> None:
    carrier.hold("normal", "a.test")
    dying = asyncio.create_task(dispatcher.run(asyncio.Event()))
    await until(lambda: flight.is_open("normal"))
    await bring(100)
    await until(lambda: len(carrier.sent) == 100)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    carrier.held.clear()
    successor = Dispatcher(house.database, house.tables, carrier)
    successor.claimer.settle_all_claimed()
    house.let_time_pass()
    async with running(successor):
        await until(lambda: house.states() == {"accepted": 100})
    assert Counter(Counter(row.id for row in carrier.sent).values()) == {2: 100}
    with house.database.for_system() as session:
        assert session.scalar(sa.select(sa.func.max(house.tables.deliveries.c.unknowns))) == 1
