"""Rows of a process that died go again within seconds, those of one that lives never (DLV-3)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from delivery_house import Carrier, House, Running, Until

from common import clock
from common.delivery import claims, holders, sweep
from common.delivery.claims import Claim, Claimed
from common.delivery.dispatcher import Dispatcher
from common.delivery.holders import SILENCE_SECONDS, Heart, Watch


class Moment:
    """The seconds of a clock that never runs backwards, put forward by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    moment = Moment()
    monkeypatch.setattr(clock, "monotonic", moment.monotonic)
    return moment


def beat(house: House, holder: UUID) -> None:
    with house.database.for_system() as session:
        holders.beat(session, house.tables.holders, holder, clock.now())


def claim_for(
    house: House, holder: UUID, size: int = 100, *, lane: str = "normal"
) -> list[Claimed]:
    now = clock.now()
    wanted = Claim(lane, size, uuid4(), now + timedelta(seconds=150), holder)
    with house.database.for_system() as session:
        (batch,) = claims.claim(session, house.tables.deliveries, [wanted], now)
    return batch


def let_pass(house: House, watch: Watch, moment: Moment, seconds: float, *living: UUID) -> int:
    """Let time pass while the clock looks every two seconds and the living beat.

    Return how many rows it took away.
    """
    taken = 0
    end = moment.now + seconds
    while moment.now < end:
        moment.now += 2.0
        for holder in living:
            beat(house, holder)
        taken += house.do(sweep.sweep_silent, watch, now=clock.now())
    return taken


def test_urgent_rows_of_a_silent_process_go_again_within_seconds_and_normal_ones_soon(
    house: House, moment: Moment
) -> None:
    dead, living, watch = uuid4(), uuid4(), Watch()
    for holder in (dead, living):
        beat(house, holder)
    house.take_in(house.page(4, lane="urgent"))
    house.take_in(house.page(6))
    claim_for(house, dead, 2, lane="urgent")
    claim_for(house, dead, 3)
    claim_for(house, living, 2, lane="urgent")
    claim_for(house, living, 3)
    assert let_pass(house, watch, moment, SILENCE_SECONDS["urgent"], living) == 0
    assert let_pass(house, watch, moment, 4.0, living) == 2
    assert let_pass(house, watch, moment, SILENCE_SECONDS["normal"], living) == 3
    assert house.states() == {"claimed": 5, "requested": 5}
    assert sorted(row.unknowns for row in house.rows()) == [0] * 5 + [1] * 5


def test_what_a_process_that_ended_left_goes_again_at_once(house: House, moment: Moment) -> None:
    ended, watch = uuid4(), Watch()
    beat(house, ended)
    house.take_in(house.page(3))
    claim_for(house, ended)
    with house.database.for_system() as session:
        holders.leave(session, house.tables.holders, ended)
    assert house.do(sweep.sweep_silent, watch, now=clock.now()) == 3


def test_a_clock_that_could_not_look_has_seen_no_silence(house: House, moment: Moment) -> None:
    """The database was away for a minute: nobody could beat, and everybody is alive."""
    living, watch = uuid4(), Watch()
    beat(house, living)
    house.take_in(house.page(3))
    claim_for(house, living)
    let_pass(house, watch, moment, 4.0, living)
    moment.now += 60.0
    assert house.do(sweep.sweep_silent, watch, now=clock.now()) == 0
    assert let_pass(house, watch, moment, 60.0, living) == 0


def test_urgent_rows_of_the_dead_come_before_normal_ones(
    house: House, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 2)
    house.take_in(house.page(3))
    house.take_in(house.page(2, lane="urgent"))
    claim_for(house, uuid4())
    claim_for(house, uuid4(), lane="urgent")
    assert house.do(sweep.sweep_silent, Watch(), now=clock.now()) == 2
    assert {row.lane for row in house.rows() if row.state == "requested"} == {"urgent"}


def test_a_row_of_the_version_before_has_no_holder_and_keeps_its_lease(
    house: House, moment: Moment
) -> None:
    house.take_in(house.page(2))
    house.claim()
    assert house.do(sweep.sweep_silent, Watch(), now=clock.now()) == 0


def test_processes_long_silent_are_forgotten(house: House, moment: Moment) -> None:
    watch = Watch()
    beat(house, uuid4())
    let_pass(house, watch, moment, holders.FORGOTTEN_SECONDS + 4.0)
    with house.database.for_system(read_only=True) as session:
        assert watch.silent(session, house.tables.holders) == {}


def test_a_process_that_others_may_hold_for_dead_knows_it(moment: Moment) -> None:
    heart = Heart(lambda: None)
    assert not heart.is_mute()
    moment.now += holders.MUTE_SECONDS + 0.1
    assert heart.is_mute()


async def test_a_process_that_slept_hands_nothing_over_that_others_may_have(
    house: House, carrier: Carrier, running: Running, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Heart, "is_mute", lambda _: len(carrier.tried) < 3)
    house.take_in(house.page(2))
    async with running(Dispatcher(house.database, house.tables, carrier)):
        await until(lambda: house.states() == {"accepted": 2})
    assert len(carrier.sent) == 2
    assert {row.unknowns for row in house.rows()} == {0}


async def test_a_dispatcher_that_ends_is_nobody_any_more_and_one_that_runs_is_known(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    def known() -> set[UUID]:
        with house.database.for_system(read_only=True) as session:
            return set(Watch().silent(session, house.tables.holders))

    carrier.hold("normal", "a.test").set()
    dispatcher = Dispatcher(house.database, house.tables, carrier)
    async with running(dispatcher):
        house.take_in(house.page(1))
        await until(lambda: house.states() == {"accepted": 1})
        assert len(await asyncio.to_thread(known)) == 1
    assert known() == set()
