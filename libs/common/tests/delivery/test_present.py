"""What is open in a dispatcher's table is measured for alarms, zeros too (OPS-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from delivery_house import Carrier, House
from prometheus_client import REGISTRY

from common import clock
from common.delivery import sweep
from common.delivery.dispatcher import Dispatcher
from common.delivery.outcomes import Accepted, Deferred, Reason
from common.delivery.present import measure
from common.delivery.settle import write_settled
from common.delivery.states import settle

BOTH = [
    (lane, state) for lane in ("urgent", "normal") for state in ("requested", "deferred", "claimed")
]


def gauge(name: str, lane: str, state: str | None = None) -> float | None:
    labels = {"channel": "mail", "lane": lane} | ({"state": state} if state else {})
    return REGISTRY.get_sample_value(f"renraku_deliveries_{name}", labels)


def open_rows() -> dict[tuple[str, str], float | None]:
    return {(lane, state): gauge("open", lane, state) for lane, state in BOTH}


def test_open_deliveries_are_counted_by_lane_and_state_and_fall_back_to_zero(house: House) -> None:
    house.take_in(house.page(5))
    house.take_in(house.page(2, lane="urgent"))
    claimed = house.claim(3)
    house.settle(claimed[:1], Deferred(Reason.GREYLISTED, 451, "later", None))
    house.do(measure, clock.now())
    expected = {
        ("normal", "requested"): 2.0,
        ("normal", "deferred"): 1.0,
        ("normal", "claimed"): 2.0,
        ("urgent", "requested"): 2.0,
    }
    assert open_rows() == dict.fromkeys(BOTH, 0.0) | expected
    house.do(sweep.sweep_expired, now=clock.now() + timedelta(days=2))
    house.do(sweep.sweep_dead, now=clock.now() + timedelta(days=2))
    house.do(measure, clock.now())
    assert open_rows() == dict.fromkeys(BOTH, 0.0)


def test_the_ages_of_the_oldest_request_and_of_a_claim_that_outlived_its_lease_are_told(
    house: House,
) -> None:
    house.take_in(house.page(2))
    house.claim(1)
    later = clock.now() + timedelta(seconds=200)
    house.do(measure, later)
    assert 199 < (gauge("oldest_open_seconds", "normal") or 0) < 230
    assert 199 < (gauge("oldest_unclaimed_seconds", "normal") or 0) < 230
    assert 49 < (gauge("claim_overdue_seconds", "normal") or 0) < 80  # the lease is 150 s
    assert [
        gauge(name, "urgent")
        for name in ("oldest_open_seconds", "oldest_unclaimed_seconds", "claim_overdue_seconds")
    ] == [
        0,
        0,
        0,
    ]
    house.do(measure, clock.now())
    assert gauge("claim_overdue_seconds", "normal") == 0


def test_the_counters_of_a_channel_stand_at_zero_before_its_first_delivery(
    house: House, carrier: Carrier
) -> None:
    """Or the first burst after a start would be no increase, and no alarm."""
    channel = f"pigeon-{uuid4()}"  # a counter lives as long as its process
    other = replace(house.tables, channel=channel)
    Dispatcher(house.database, other, carrier)

    def settled(state: str) -> float | None:
        labels = {"channel": channel, "lane": "normal", "state": state}
        return REGISTRY.get_sample_value("renraku_deliveries_settled_total", labels)

    assert [settled(state) for state in ("accepted", "refused", "expired", "unknown")] == [
        0,
        0,
        0,
        0,
    ]
    house.take_in(house.page(2))
    now = clock.now()
    claimed = house.claim(2)
    with house.database.for_system() as session:
        write_settled(
            session, other, [(row, settle(Accepted(250, "ok"), row, now)) for row in claimed], now
        )
    assert settled("accepted") == 2


def test_what_is_given_up_by_the_sweeper_is_counted_in_its_lane(house: House) -> None:
    labels = {"channel": f"owl-{uuid4()}", "lane": "urgent", "state": "expired"}
    owls = replace(house, tables=replace(house.tables, channel=labels["channel"]))
    owls.take_in(owls.page(3, lane="urgent"))
    owls.take_in(owls.page(1))
    assert owls.do(sweep.sweep_expired, now=clock.now() + timedelta(hours=1)) == 3
    assert REGISTRY.get_sample_value("renraku_deliveries_settled_total", labels) == 3
    assert (
        REGISTRY.get_sample_value("renraku_deliveries_settled_total", labels | {"lane": "normal"})
        == 0
    )
