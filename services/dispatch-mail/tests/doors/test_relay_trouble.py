"""The relay's own trouble is not the mail's: it costs no row an attempt, and the operator is told
(MSG-9, OPS-5).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY
from scripted_relay import StartRelay
from structlog.testing import capture_logs

from common.db import Database
from common.testing.dispatch import Neighbours, Publish, States, Working
from common.testing.waiting import until
from dispatch_mail.store.models import TABLES

DELIVERIES = TABLES.deliveries
Attempts = Callable[[], set[tuple[int, int]]]


@pytest.fixture
def attempts(database: Database) -> Attempts:
    def count() -> set[tuple[int, int]]:
        """Return (attempts, unknowns) of the rows."""
        with database.for_system(read_only=True) as session:
            return {(row.attempts, row.unknowns) for row in session.execute(sa.select(DELIVERIES))}

    return count


async def send_on_both_lanes(publish: Publish, neighbours: Neighbours, count: int) -> None:
    for lane in ("normal", "urgent"):
        addresses = [f"{lane}-{number}@d{number % 5}.town.test" for number in range(count)]
        families = [neighbours.add_family(address) for address in addresses]
        await publish(neighbours.add_message(lane=lane), *families, lane=lane)


async def test_a_relay_that_is_away_in_mid_send_costs_no_attempt_and_all_go_when_it_is_back(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    attempts: Attempts,
) -> None:
    relay = await start_relay(leaves_after=20, seconds_a_mail=0.01)
    with capture_logs() as logged:
        async with working(relay):
            await send_on_both_lanes(publish, neighbours, 100)
            await until(lambda: "relay.away" in [line["event"] for line in logged])
            await until(
                lambda: set(states()) == {"accepted", "requested"} and sum(states().values()) == 200
            )
            assert attempts() <= {(0, 0), (1, 0), (1, 1)}, (
                "what was handed over without an answer counts, nothing else"
            )
            await relay.come_back()
            await until(lambda: states() == {"accepted": 200})
    assert attempts() <= {(1, 0), (2, 1)}
    assert [line["relay"] for line in logged if line["event"] == "relay.back"] == ["127.0.0.1"]


async def test_a_relay_that_takes_fewer_connections_than_the_setting_puts_nothing_off(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    attempts: Attempts,
) -> None:
    relay = await start_relay(limit=4, seconds_a_mail=0.002)
    async with working(relay):
        await send_on_both_lanes(publish, neighbours, 300)
        await until(lambda: states() == {"accepted": 600})
    assert attempts() == {(1, 0)}


async def test_a_process_opens_no_more_connections_than_the_setting_says_for_both_lanes_together(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay(seconds_a_mail=0.002)
    async with working(relay, relay_connections=6):
        await send_on_both_lanes(publish, neighbours, 300)
        await until(lambda: states() == {"accepted": 600})
    assert relay.most_open <= 6


async def test_normal_mails_leave_a_connection_for_an_urgent_one(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay()
    slow = [neighbours.add_family(f"slow-{number}@d{number}.town.test") for number in range(30)]
    async with working(relay, relay_connections=4):
        await publish(neighbours.add_message(), *slow)
        await until(lambda: relay.commands.count("DATA") == 3)
        await publish(
            neighbours.add_message(lane="urgent"),
            neighbours.add_family("a@a.town.test"),
            lane="urgent",
        )
        await until(lambda: states() == {"claimed": 30, "accepted": 1})
        assert relay.open_now == 4
        relay.released.set()
        await until(lambda: states() == {"accepted": 31})


async def test_what_the_relay_refuses_for_our_own_fault_stands_once_in_the_log_and_is_counted(
    start_relay: StartRelay,
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
) -> None:
    relay = await start_relay(wants_a_name=True)
    before = _refusals("5xx")
    with capture_logs() as logged:
        async with working(relay, relay_ehlo="localhost"):
            await publish(
                neighbours.add_message(),
                *(neighbours.add_family(f"a-{number}@a.town.test") for number in range(30)),
            )
            await until(lambda: states() == {"deferred": 30})
    (line,) = [line for line in logged if line["event"] == "relay.refused"]
    assert (line["relay"], line["code"]) == ("127.0.0.1", 504)
    assert "Helo command rejected" in line["text"]
    assert "town.test" not in line["text"]
    assert "03-0000" not in line["text"]
    assert _refusals("5xx") - before == 30


def _refusals(code_class: str) -> float:
    return (
        REGISTRY.get_sample_value("renraku_relay_refusals_total", {"code_class": code_class}) or 0.0
    )
