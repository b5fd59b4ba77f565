"""Until the first byte leaves nothing is lost and nothing is unknown (DLV-1, DLV-7).

And nobody waits for another's trouble.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import pytest
from delivery_house import Carrier, House, Running, Until
from sqlalchemy.orm import Session

from common.delivery.channel import Prepared
from common.delivery.claims import Claimed
from common.delivery.dispatcher import Dispatcher
from common.delivery.flight import Flight
from common.errors import NotFound, Unavailable


def dispatcher_of(house: House, carrier: Carrier) -> Dispatcher:
    return Dispatcher(house.database, house.tables, carrier)


@pytest.mark.parametrize("lane", ["urgent", "normal"])
@pytest.mark.parametrize(
    "lack",
    [
        Unavailable("internal", "identity broke."),
        NotFound("key_unknown", "No key."),
        KeyError("a bug of ours"),
    ],
    ids=["broken", "refused", "bug"],
)
async def test_a_message_that_cannot_be_prepared_rests_alone_and_is_never_unknown(
    house: House, carrier: Carrier, running: Running, until: Until, lane: str, lack: Exception
) -> None:
    """One school's damaged key made both lanes of every school rest one second of every two."""
    poisoned = [house.page(60, lane=each) for each in ("urgent", "normal")]
    for page in poisoned:
        carrier.lacking[page.message_id] = lack
        house.take_in(page)
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: {page.message_id for page in poisoned} <= set(carrier.tried))
        for number in range(1, 6):
            house.take_in(house.page(20, lane=lane))
            await until(lambda number=number: house.states()["accepted"] == 20 * number)
        assert len(carrier.sent) == 100
        assert max(Counter(carrier.tried)[page.message_id] for page in poisoned) <= 8, (
            "it is tried ever more seldom"
        )
    waiting = [
        row for row in house.rows() if row.message_id in {page.message_id for page in poisoned}
    ]
    assert {(row.state, row.attempts, row.unknowns) for row in waiting} == {("requested", 0, 0)}


async def test_what_its_owner_calls_gone_ends_and_nothing_else_does(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    gone, unknown_code = house.page(2), house.page(2)
    carrier.lacking[gone.message_id] = NotFound("message_unknown", "No such message.")
    carrier.lacking[unknown_code.message_id] = NotFound("not_found", "No.")
    for page in (gone, unknown_code):
        house.take_in(page)
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: house.states()["refused"] == 2)
        await until(lambda: carrier.tried.count(unknown_code.message_id) >= 2)
    assert {
        (row.state, row.reason) for row in house.rows() if row.message_id == gone.message_id
    } == {("refused", "cancelled")}
    assert {row.state for row in house.rows() if row.message_id == unknown_code.message_id} == {
        "requested"
    }


async def test_a_lane_in_which_nothing_can_go_keeps_its_rows_as_they_are(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    carrier.shut = {"urgent", "normal"}
    house.take_in(house.page(3))
    house.take_in(house.page(3, lane="urgent"))
    async with running(dispatcher_of(house, carrier)):
        carrier.shut = {"normal"}
        await until(lambda: house.states() == {"accepted": 3, "requested": 3})
        assert {row.attempts for row in house.rows() if row.lane == "normal"} == {0}
        carrier.shut = set()
        await until(lambda: house.states() == {"accepted": 6})


async def test_a_claim_whose_commit_nobody_heard_of_is_given_back_at_once(
    house: House, carrier: Carrier, running: Running, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood claimed, by a process that knew nothing of it, until its lease of 150 s ended.

    Urgent rows too.
    """
    house.take_in(house.page(5, lane="urgent"))
    lose_the_answer_to_a_claim(house, monkeypatch)
    async with running(dispatcher_of(house, carrier)):
        await until(lambda: house.states() == {"accepted": 5}, 10)
    assert {row.attempts for row in house.rows()} == {1}
    assert len(carrier.sent) == 5


async def test_while_the_database_is_away_nothing_is_remembered_as_lost(
    house: House, carrier: Carrier, running: Running, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day of it were hundreds of thousands of ids.

    The first claim afterwards named them in one statement.
    """
    flight = Flight()
    tried = []

    def away(*_: object, **__: object) -> AbstractContextManager[Session]:
        tried.append(1)
        raise Unavailable("database_away", "The database can't be reached.")

    async with running(Dispatcher(house.database, house.tables, carrier, flight)):
        await until(lambda: flight.is_open("normal"))
        monkeypatch.setattr("common.delivery.dispatcher.HELD_SECONDS", 0.01)
        monkeypatch.setattr(house.database, "for_system", away)
        await until(lambda: len(tried) > 20)
        monkeypatch.undo()
        assert flight.take_lost() == set()


async def test_what_is_still_being_prepared_at_a_stop_waits_again_and_is_not_unknown(
    house: House, carrier: Carrier, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two restarts while messaging was away ended mails as unknown, though none was handed over."""
    monkeypatch.setattr("common.delivery.dispatcher.FINISH_SECONDS", 0.2)
    hung = asyncio.Event()

    async def hang(rows: Sequence[Claimed]) -> Prepared[Claimed]:
        carrier.tried.append(rows[0].message_id)
        await hung.wait()
        return Prepared(list(rows))

    monkeypatch.setattr(carrier, "prepare", hang)
    house.take_in(house.page(4))
    stop = asyncio.Event()
    task = asyncio.create_task(dispatcher_of(house, carrier).run(stop))
    await until(lambda: carrier.tried)
    stop.set()
    await asyncio.wait_for(task, 20)
    assert {(row.state, row.attempts, row.unknowns) for row in house.rows()} == {
        ("requested", 0, 0)
    }
    assert carrier.sent == []


def lose_the_answer_to_a_claim(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first claim be committed, and its process hear that the connection broke."""
    open_session = house.database.for_system
    lost: list[int] = []

    @contextmanager
    def broken(*, read_only: bool = False) -> Iterator[Session]:
        with open_session(read_only=read_only) as session:
            yield session
        if read_only or lost or not threading.current_thread().name.startswith("claims"):
            return
        if house.states()["claimed"]:
            lost.append(1)
            raise Unavailable("database_away", "The connection broke at COMMIT.")

    monkeypatch.setattr(house.database, "for_system", broken)


async def test_a_page_whose_commit_nobody_heard_of_is_given_back_at_once(
    house: House, carrier: Carrier, running: Running, until: Until
) -> None:
    flight = Flight()
    page = house.page(5)

    def write_and_lose_the_answer() -> None:
        with flight.booked("normal", ["a.test"] * 5) as booking:
            house.take_in(page, booking=booking)
            raise Unavailable("database_away", "The connection broke at COMMIT.")

    async with running(Dispatcher(house.database, house.tables, carrier, flight)):
        await until(lambda: flight.is_open("normal"))
        with pytest.raises(Unavailable):
            await asyncio.to_thread(write_and_lose_the_answer)
        await until(lambda: house.states() == {"accepted": 5}, 10)
    assert len(carrier.sent) == 5
