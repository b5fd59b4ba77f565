"""The loop (DLV-2, DLV-3, DLV-7).

Urgent first, no route delays another, and a crash costs at most what was claimed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from delivery_house import Carrier, House, Running, Until, Without
from structlog.testing import capture_logs

from common import clock
from common.delivery import settle, sweep
from common.delivery.channel import Part
from common.delivery.claims import Claimed
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import CLAIM_SIZE, Flight, Flow
from common.delivery.outcomes import Deferred, Reason, Rejected
from common.delivery.pace import URGENT_SECONDS

LATER = Flow().lease * 2
SMALL = Flow(in_flight=200, urgent_reserve=100, per_route=100)


def dispatcher_of(house: House, carrier: Carrier, flow: Flow | None = None) -> Dispatcher:
    return Dispatcher(house.database, house.tables, carrier, Flight(flow))


async def test_every_row_is_handed_over_once_and_settled(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    house.take_in(house.page(250, route="a.test"))
    house.take_in(house.page(30, route="b.test"))
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: house.states() == {"accepted": 280})
    assert set(Counter(row.id for row in carrier.sent).values()) == {1}
    assert len(house.answered()) == 280
    assert carrier.is_closed


async def test_what_comes_while_it_is_idle_goes_soon(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    async with running(dispatcher_of(house, carrier)):
        for count in (1, 2, 3):
            house.take_in(house.page(1))
            await until(lambda count=count: house.states() == {"accepted": count}, 5)


async def test_the_normal_lane_claims_nothing_while_urgent_rows_are_unclaimed(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    house.take_in(house.page(150))
    house.take_in(house.page(150, lane="urgent"))
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: house.states() == {"accepted": 300})
    assert [row.lane for row in carrier.sent] == ["urgent"] * 150 + ["normal"] * 150


async def test_urgent_rows_go_while_the_flight_is_full_of_normal_ones(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    gate = carrier.hold("normal", "a.test")
    house.take_in(house.page(300))
    async with running(
        dispatcher_of(house, carrier, Flow(in_flight=200, urgent_reserve=100, per_route=200))
    ):
        await until(lambda: carrier.count("normal") == 200)
        house.take_in(house.page(150, lane="urgent"))
        await until(lambda: house.states()["accepted"] == 150)
        assert carrier.count("normal") == 200
        gate.set()
        await until(lambda: house.states() == {"accepted": 450})


async def test_the_normal_lane_rests_after_urgent_rows(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    house.take_in(house.page(10))
    house.take_in(house.page(10, lane="urgent"))
    began = clock.monotonic()
    async with running(dispatcher_of(house, carrier, SMALL)):
        await until(lambda: carrier.count("normal"))
        assert carrier.count("urgent") == 10
        assert clock.monotonic() - began >= URGENT_SECONDS
        await until(lambda: house.states() == {"accepted": 20})


async def test_urgent_rows_that_are_only_tried_again_let_nobody_rest(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    """5,000 urgent mails at a carrier's 20 a second come back again and again.

    Other mails must not wait for minutes.
    """
    carrier.unsent.add("urgent")
    house.take_in(house.page(10, lane="urgent"))
    async with running(dispatcher_of(house, carrier, SMALL)):
        await until(lambda: carrier.count("urgent") >= 10)
        await until(lambda: carrier.count("urgent") >= 20)
        house.take_in(house.page(10))
        await until(lambda: house.states()["accepted"] == 10)


async def test_a_slow_route_holds_no_other(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    gate = carrier.hold("normal", "slow.test")
    house.take_in(house.page(300, route="slow.test"))
    house.take_in(house.page(300, route="quick.test"))
    async with running(dispatcher_of(house, carrier, SMALL)):
        await until(lambda: house.states()["accepted"] == 300)
        assert carrier.count("normal", "slow.test") == 100
        gate.set()
        await until(lambda: house.states() == {"accepted": 600})


async def test_a_slow_part_of_a_batch_does_not_delay_the_answers_of_the_rest(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    gate = carrier.hold("normal", "slow.test")
    house.take_in(house.page(5, route="slow.test"))
    house.take_in(house.page(5, route="quick.test"))
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: house.states() == {"accepted": 5, "claimed": 5})
        gate.set()


async def test_closed_routes_get_nothing_until_they_open(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    carrier.closed = {"paused.test"}
    house.take_in(house.page(3, route="paused.test"))
    house.take_in(house.page(3))
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: house.states() == {"accepted": 3, "requested": 3})
        carrier.closed = set()
        await until(lambda: house.states() == {"accepted": 6})


async def test_a_stop_finishes_what_is_claimed_and_claims_no_more(
    house: House, carrier: Carrier, until: Until
) -> None:
    gate = carrier.hold("normal", "a.test")
    house.take_in(house.page(300))
    stop = asyncio.Event()
    task = asyncio.create_task(dispatcher_of(house, carrier, SMALL).run(stop))
    await until(lambda: len(carrier.sent) == 100)
    stop.set()
    assert not (await asyncio.wait([task], timeout=0.3))[0], (
        "it leaves while a batch is at the provider"
    )
    gate.set()
    await asyncio.wait_for(task, 20)
    assert house.states() == {"accepted": 100, "requested": 200}
    assert carrier.is_closed


async def test_a_crash_between_claim_and_settle_costs_at_most_one_duplicate_of_what_was_claimed(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    carrier.hold("normal", "a.test")
    house.take_in(house.page(350))
    dying = asyncio.create_task(
        dispatcher_of(house, carrier, Flow(in_flight=200)).run(asyncio.Event())
    )
    await until(lambda: len(carrier.sent) == 200)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert house.states() == {"claimed": 200, "requested": 150}
    carrier.held.clear()
    successor = dispatcher_of(house, carrier)
    successor.claimer.settle_all_claimed()
    assert house.states() == {"requested": 350}
    house.let_time_pass()
    async with running(successor):
        await until(lambda: house.states() == {"accepted": 350})
    sent = Counter(row.id for row in carrier.sent)
    assert Counter(sent.values()) == {1: 150, 2: 200}


async def test_a_crash_before_the_hand_over_loses_nothing(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    house.take_in(house.page(120))
    assert len(house.claim()) == CLAIM_SIZE  # committed by a process that then died
    house.do(sweep.sweep_leases, now=clock.now() + LATER)
    house.let_time_pass()
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: house.states() == {"accepted": 120})
    assert set(Counter(row.id for row in carrier.sent).values()) == {1}


async def test_a_row_claimed_again_after_its_lease_is_settled_by_its_newest_claim_only(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    gate = carrier.hold("normal", "a.test")
    carrier.outcome = Deferred(Reason.GREYLISTED, 450, "later", None)
    house.take_in(house.page(2))
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: len(carrier.sent) == 2)
        house.do(sweep.sweep_leases, now=clock.now() + LATER)
        house.let_time_pass()
        await until(lambda: len(carrier.sent) == 4)
        gate.set()
        await until(lambda: house.states() == {"deferred": 2})
    assert [row.attempts for row in house.rows()] == [2, 2]
    assert [row.unknowns for row in house.rows()] == [1, 1]


async def test_the_others_of_a_batch_are_settled_when_one_of_it_was_erased_meanwhile(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    gate = carrier.hold("normal", "a.test")
    house.take_in(house.page(5))
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: len(carrier.sent) == 5)
        table = house.tables.deliveries
        with house.database.for_system() as session:
            session.execute(sa.delete(table).where(table.c.id == carrier.sent[0].id))
        gate.set()
        await until(lambda: house.states() == {"accepted": 4})
    assert {answer["contact_point_id"] for answer in house.answered()} == {
        row.contact_point_id for row in carrier.sent[1:]
    }


async def test_what_a_channel_cannot_prepare_goes_later_and_costs_no_attempt(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    carrier.away = True
    house.take_in(house.page(3))
    async with running(dispatcher_of(house, carrier)):
        await until(
            lambda: [row.next_attempt_at > row.requested_at for row in house.rows()] == [True] * 3
        )
        assert house.states().keys() <= {"requested", "claimed"}
        carrier.away = False
        await until(lambda: house.states() == {"accepted": 3})
    assert {row.attempts for row in house.rows()} == {1}


async def test_a_bug_in_a_sender_makes_its_rows_unknown_and_stops_nobody(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    carrier.broken = True
    house.take_in(house.page(2))
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: [row.unknowns for row in house.rows()] == [1, 1])
        carrier.broken = False
        house.let_time_pass()
        await until(lambda: house.states() == {"accepted": 2})


async def test_a_sender_that_forgets_rows_leaves_none_of_them_in_flight(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    class Forgetful(type(carrier)):  # type: ignore[misc]
        async def hand_over(self, lane: str, letters: Sequence[Claimed]) -> AsyncIterator[Part]:
            yield [(letters[0].id, Rejected(Reason.USER_UNKNOWN, 550, "no"))]

    house.take_in(house.page(3))
    async with running(dispatcher_of(house, Forgetful())):
        await until(lambda: house.states() == {"refused": 1, "requested": 2})
    assert sorted(row.unknowns for row in house.rows()) == [0, 1, 1]


async def test_answers_are_held_while_the_database_is_away(
    postgres_house: House, carrier: Carrier, running: Running, until: Until, without: Without
) -> None:
    house = postgres_house
    gate = carrier.hold("normal", "a.test")
    house.take_in(house.page(20))
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: len(carrier.sent) == 20)
        with capture_logs() as logged, without(house.database):
            gate.set()
            await until(
                lambda: (
                    [line["rows"] for line in logged if line["event"] == "dispatch.settle_held"]
                    == [20]
                )
            )
        await until(lambda: house.states() == {"accepted": 20})
    assert len(carrier.sent) == 20
    assert len(house.answered()) == 20


async def test_a_dispatcher_whose_database_is_away_waits_for_it(
    postgres_house: House, carrier: Carrier, running: Running, until: Until, without: Without
) -> None:
    house = postgres_house
    house.take_in(house.page(5))
    dispatcher = dispatcher_of(house, carrier)
    with ExitStack() as away, capture_logs() as logged:
        away.enter_context(without(house.database))
        async with running(dispatcher):
            await until(lambda: "dispatch.held" in [line["event"] for line in logged])
            away.close()
            await until(lambda: house.states() == {"accepted": 5})


async def test_an_old_claim_that_answers_last_of_all_stops_nothing(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    class Slow(type(carrier)):  # type: ignore[misc]
        async def hand_over(self, lane: str, letters: Sequence[Claimed]) -> AsyncIterator[Part]:
            self.sent += letters
            gate = {1: first, 2: second}.get(len(self.sent))
            if gate is not None:
                await gate.wait()
            yield [(row.id, self.outcome) for row in letters]

    slow = Slow()
    house.take_in(house.page(1))
    async with running(dispatcher_of(house, slow)):
        await until(lambda: len(slow.sent) == 1)
        house.do(sweep.sweep_leases, now=clock.now() + LATER)
        house.let_time_pass()
        await until(lambda: len(slow.sent) == 2)
        second.set()
        await until(lambda: house.states() == {"accepted": 1})
        first.set()
        house.take_in(house.page(3))
        await until(lambda: house.states() == {"accepted": 4}, 5)


async def test_a_dispatcher_that_can_no_longer_settle_fails_instead_of_claiming_on(
    house: House, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ValueError("a bug")

    dispatcher = dispatcher_of(house, carrier)
    monkeypatch.setattr(settle, "write_all_settled", fail)
    house.take_in(house.page(1))
    with pytest.raises(ValueError, match="a bug"):
        await asyncio.wait_for(dispatcher.run(asyncio.Event()), 20)
    assert carrier.is_closed
    assert house.states() == {"claimed": 1}, "its lease ends, and it goes once more"


async def test_a_route_that_is_full_in_one_lane_is_not_closed_to_the_other(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    gate = carrier.hold("urgent", "a.test")
    house.take_in(house.page(100, lane="urgent"))
    async with running(dispatcher_of(house, carrier, Flow(in_flight=600, per_route=100))):
        await until(lambda: carrier.count("urgent") == 100)
        house.take_in(house.page(20))
        await until(lambda: house.states() == {"claimed": 100, "accepted": 20}, 5)
        gate.set()
        await until(lambda: house.states() == {"accepted": 120})
