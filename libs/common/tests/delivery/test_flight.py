"""Pages come straight into the flight while it has room, never past what waits (DLV-2, DLV-7)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from delivery_house import Bring, Carrier, House, Running, Until

from common import clock
from common.delivery import flight as flights
from common.delivery.claimer import FoundRows
from common.delivery.claims import Claim
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight, Flow
from common.delivery.outcomes import Reason
from common.delivery.states import Policy
from common.delivery.take_in import BookedPage, take_in

pytestmark = pytest.mark.usefixtures("short_wait")


async def test_what_there_is_room_for_is_claimed_from_the_first(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def claims_nothing(
        wanted: Sequence[Sequence[Claim]], _lost: object, _now: datetime
    ) -> FoundRows:
        return FoundRows(emptied=[claims[0].lane for claims in wanted])

    monkeypatch.setattr(dispatcher.claimer, "claim", claims_nothing)
    async with running(dispatcher):
        await until(lambda: flight.is_open("normal"))
        await bring(110, route="a.test")
        await bring(30, route="b.test", lane="urgent")
        await until(lambda: house.states() == {"accepted": 140})
        await until(lambda: flight.room("normal") == 200)
    assert set(Counter(row.id for row in carrier.sent).values()) == {1}
    assert len(house.answered()) == 140
    assert {(row.attempts, row.address, row.lease_until) for row in house.rows()} == {
        (1, None, None)
    }
    sent = carrier.sent[0]
    stored = next(row for row in house.rows() if row.id == sent.id)
    same = (
        "school_id",
        "message_id",
        "contact_point_id",
        "guardian_id",
        "members",
        "route",
        "lane",
        "batch_id",
        "give_up_at",
    )
    assert [getattr(sent, name) for name in same] == [getattr(stored, name) for name in same]
    assert (sent.address, sent.attempts, sent.unknowns) == (b"sealed", 1, 0)


async def test_a_page_that_finds_no_room_waits_for_some_and_then_to_be_claimed(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
) -> None:
    gate = carrier.hold("normal", "a.test")
    async with running(dispatcher):
        await until(lambda: flight.is_open("normal"))
        await bring(120)
        await bring(90, route="b.test")
        assert house.states() == {"claimed": 120, "requested": 90}
        assert flight.room("normal") == 80
        gate.set()
        await until(lambda: house.states() == {"accepted": 210})
        await until(lambda: flight.is_open("normal"))
        again = carrier.hold("normal", "c.test")
        await bring(120, route="c.test")
        coming = asyncio.create_task(bring(90, route="d.test"))
        await until(lambda: flight.is_booked)
        again.set()
        await coming
        await until(lambda: house.states() == {"accepted": 420})
    assert set(Counter(row.id for row in carrier.sent).values()) == {1}


async def test_a_page_larger_than_the_flight_does_not_wait_for_room_that_never_comes(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(flights, "WAIT_SECONDS", 60)
    async with running(dispatcher):
        await until(lambda: flight.is_open("normal"))
        await bring(250)
        await until(lambda: house.states() == {"accepted": 250})


async def test_no_page_passes_rows_that_wait(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
) -> None:
    gate = carrier.hold("normal", "a.test")
    house.take_in(house.page(300))
    async with running(dispatcher):
        await until(lambda: len(carrier.sent) == 200)
        await bring(10, route="b.test")
        assert Counter(row.state for row in house.rows() if row.route == "b.test") == {
            "requested": 10
        }
        gate.set()
        await until(lambda: house.states() == {"accepted": 310})


async def test_no_normal_page_comes_in_while_urgent_rows_have_just_begun(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
) -> None:
    gate = carrier.hold("urgent", "a.test")
    async with running(dispatcher):
        await until(lambda: flight.is_open("normal") and flight.is_open("urgent"))
        await bring(10, lane="urgent")
        await until(lambda: len(carrier.sent) == 10)
        assert not flight.is_open("normal")
        await bring(10)
        assert house.states() == {"claimed": 10, "requested": 10}
        gate.set()
        await until(lambda: house.states() == {"accepted": 20})


async def test_rows_for_closed_and_for_full_routes_wait_and_the_others_of_their_page_go(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
) -> None:
    carrier.closed = {"paused.test"}
    gate = carrier.hold("normal", "a.test")
    async with running(dispatcher):
        await until(lambda: flight.is_open("normal"))
        await bring(140)
        await until(lambda: flight.is_open("normal"))
        mixed = house.page(30)
        routes = ["a.test"] * 11 + ["paused.test"] * 9 + ["b.test"] * 10
        points = [
            replace(point, route=route) for point, route in zip(mixed.points, routes, strict=True)
        ]
        await bring(page=replace(mixed, points=points))
        await until(lambda: house.states() == {"claimed": 140, "requested": 20, "accepted": 10})
        carrier.closed = set()
        gate.set()
        await until(lambda: house.states() == {"accepted": 170})


async def test_refused_and_stopped_rows_take_no_room(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
) -> None:
    page = house.page(4)
    blocked = [replace(page.points[0], refused=Reason.BLOCKED_BY_USER), *page.points[1:]]
    stopped = house.page(5)
    house.stop(stopped.message_id)
    async with running(dispatcher):
        await until(lambda: flight.is_open("normal"))
        await bring(page=replace(page, points=blocked))
        await bring(page=stopped)
        await until(lambda: house.states() == {"accepted": 3, "refused": 1, "cancelled": 5})
        await until(lambda: flight.room("normal") == 200)
    assert len(carrier.sent) == 3


async def test_a_page_that_comes_again_sends_nothing_twice(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
    bring: Bring,
) -> None:
    page = house.page(6)
    half = replace(page, members=dict(list(page.members.items())[:3]), points=page.points[:3])
    async with running(dispatcher):
        for one, rows in ((half, 3), (half, 3), (page, 6), (page, 6)):
            await until(lambda: flight.is_open("normal"))
            await bring(page=one)
            await until(lambda rows=rows: house.states() == {"accepted": rows})
        await until(lambda: flight.room("normal") == 200)
    assert set(Counter(row.id for row in carrier.sent).values()) == {1}
    assert {row.attempts for row in house.rows()} == {1}


async def test_what_a_failed_transaction_brought_is_not_sent_and_leaves_its_room(
    house: House,
    carrier: Carrier,
    running: Running,
    until: Until,
    flight: Flight,
    dispatcher: Dispatcher,
) -> None:
    async with running(dispatcher):
        await until(lambda: flight.is_open("normal"))

        def fail() -> None:
            with (
                flight.booked("normal", ["a.test"] * 5) as booking,
                house.database.for_system() as session,
            ):
                booked = BookedPage(house.page(5), booking)
                new = take_in(session, house.tables, booked, Policy(), clock.now())
                assert new == 5
                assert len(booking.aboard) == 5
                raise ValueError("a bug")

        with pytest.raises(ValueError, match="a bug"):
            await asyncio.to_thread(fail)
        assert flight.room("normal") == 200
        assert not flight.is_booked
        house.take_in(house.page(1))
        await until(lambda: house.states() == {"accepted": 1})
    assert len(carrier.sent) == 1


async def test_no_page_passes_rows_that_wait_for_a_full_route(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    """The route has room again as soon as rows are settled.

    The rows that wait for it are claimed at the next look.
    """
    flight = Flight(Flow(in_flight=600, per_route=100))
    gate = carrier.hold("normal", "a.test")
    house.take_in(house.page(150))
    async with running(Dispatcher(house.database, house.tables, carrier, flight)):
        await until(lambda: len(carrier.sent) == 100 and flight.is_open("normal"))
        flight.remove(Counter({("normal", "a.test"): 100}))  # as if they were settled
        with flight.booked("normal", ["a.test", "b.test"]) as booking:
            assert set(booking.routes) == {"b.test"}
        flight.add([("normal", "a.test")] * 100)
        gate.set()
        await until(lambda: house.states() == {"accepted": 150})


async def test_an_urgent_page_shuts_the_normal_lane_while_it_is_written(
    house: House, running: Running, until: Until, flight: Flight, dispatcher: Dispatcher
) -> None:
    async with running(dispatcher):
        await until(lambda: flight.is_open("normal") and flight.is_open("urgent"))
        with flight.booked("urgent", ["a.test"]):
            assert not flight.is_open("normal")


class TestTheTableOfStates:
    """Flight's docstring, line by line. Each begins with both lanes open."""

    @pytest.fixture
    def both_open(self, flight: Flight) -> Flight:
        flight.begin(lambda _rows: None, lambda: None)
        for lane in ("urgent", "normal"):
            flight.nothing_waits(lane, ())
        return flight

    def test_1_a_claim_begins(self, both_open: Flight) -> None:
        both_open.look()
        assert lanes_open(both_open) == []

    def test_2_a_claim_found_less_than_it_wanted(self, both_open: Flight) -> None:
        both_open.look()
        both_open.nothing_waits("urgent", {"closed.test"})
        assert lanes_open(both_open) == ["urgent"]
        with both_open.booked("urgent", ["closed.test", "a.test"]) as booking:
            assert booking.routes == {"a.test"}

    def test_2_not_while_a_page_of_the_lane_is_written_without_room(
        self, both_open: Flight
    ) -> None:
        both_open.look()
        with both_open.booked("normal", ["a.test"]) as booking:
            assert booking.routes == set()
            both_open.nothing_waits("normal", ())
            assert lanes_open(both_open) == []
        both_open.nothing_waits("normal", ())
        assert lanes_open(both_open) == ["normal"]

    def test_3_an_urgent_page_books(self, both_open: Flight) -> None:
        with both_open.booked("urgent", ["a.test"]) as booking:
            assert booking.routes == {"a.test"}
            assert lanes_open(both_open) == ["urgent"]
        assert lanes_open(both_open) == ["urgent"], "until a claim has looked again"

    def test_3_a_normal_page_shuts_nothing(self, both_open: Flight) -> None:
        with both_open.booked("normal", ["a.test"]):
            assert lanes_open(both_open) == ["urgent", "normal"]

    def test_4_newer_urgent_rows_begin(self, both_open: Flight) -> None:
        both_open.urgent_began()
        assert lanes_open(both_open) == ["urgent"]

    @pytest.mark.parametrize(("lane", "left"), [("normal", ["urgent"]), ("urgent", [])])
    def test_5_a_page_finds_no_room_within_a_second(
        self, both_open: Flight, lane: str, left: list[str]
    ) -> None:
        full = both_open.room(lane)
        both_open.add([(lane, "b.test")] * full)
        with both_open.booked(lane, ["a.test"]) as booking:
            assert booking.routes == set()
            assert lanes_open(both_open) == left

    def test_6_the_end(self, both_open: Flight) -> None:
        both_open.end()
        with both_open.booked("normal", ["a.test"]) as booking:
            assert booking.routes == set()


def lanes_open(flight: Flight) -> list[str]:
    return [lane for lane in ("urgent", "normal") if flight.is_open(lane)]
