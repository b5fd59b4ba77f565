"""What is open in a dispatcher's table is measured for alarms, zeros too (OPS-5)."""

from __future__ import annotations

from datetime import timedelta

from prometheus_client import REGISTRY

from common import clock
from common.delivery import sweep
from common.delivery.outcomes import Deferred, Reason

BOTH = [(lane, state) for lane in ("urgent", "normal") for state in ("requested", "deferred", "claimed")]


def gauge(name: str, lane: str, state: str | None = None) -> float | None:
    labels = {"channel": "mail", "lane": lane} | ({"state": state} if state else {})
    return REGISTRY.get_sample_value(f"renraku_deliveries_{name}", labels)


def open_rows() -> dict[tuple[str, str], float | None]:
    return {(lane, state): gauge("open", lane, state) for lane, state in BOTH}


def test_open_deliveries_are_counted_by_lane_and_state_and_fall_back_to_zero(house):
    house.take_in(house.page(5))
    house.take_in(house.page(2, lane="urgent"))
    claimed = house.claim(3)
    house.settle(claimed[:1], Deferred(Reason.GREYLISTED, 451, "later", None))
    house.do(sweep.watch_ages, now=clock.now())
    expected = {("normal", "requested"): 2.0, ("normal", "deferred"): 1.0, ("normal", "claimed"): 2.0, ("urgent", "requested"): 2.0}
    assert open_rows() == dict.fromkeys(BOTH, 0.0) | expected
    house.do(sweep.sweep_expired, now=clock.now() + timedelta(days=2))
    house.do(sweep.sweep_dead, now=clock.now() + timedelta(days=2))
    house.do(sweep.watch_ages, now=clock.now())
    assert open_rows() == dict.fromkeys(BOTH, 0.0)


def test_the_ages_of_the_oldest_request_and_of_a_claim_that_outlived_its_lease_are_told(house):
    house.take_in(house.page(2))
    house.claim(1)
    later = clock.now() + timedelta(seconds=200)
    house.do(sweep.watch_ages, now=later)
    assert 199 < (gauge("oldest_open_seconds", "normal") or 0) < 230
    assert 199 < (gauge("oldest_unclaimed_seconds", "normal") or 0) < 230
    assert 49 < (gauge("claim_overdue_seconds", "normal") or 0) < 80  # the lease is 150 s
    assert [gauge(name, "urgent") for name in ("oldest_open_seconds", "oldest_unclaimed_seconds", "claim_overdue_seconds")] == [
        0,
        0,
        0,
    ]
    house.do(sweep.watch_ages, now=clock.now())
    assert gauge("claim_overdue_seconds", "normal") == 0
