"""How tries are counted and networks told apart, without a database (ADR 32)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.guessing import (
    FREE_TRIES,
    LONGEST_DELAY,
    LONGEST_LOCK,
    Locked,
    Slowed,
    Tries,
    Where,
    count_try,
    delay_of,
    network_of,
    read_address,
)
from identity.domain.devices import LONGEST_COOKIE, DeviceKey

NOW = datetime(2026, 11, 2, tzinfo=UTC)
CALM, SLOW = timedelta(0), timedelta(seconds=5)
AHEAD, PAST = NOW + timedelta(seconds=20), NOW - timedelta(days=1)
LOCKED_30 = NOW + timedelta(seconds=30)
LOCKED_60 = NOW + timedelta(seconds=60)
PASSES = None

# Before; the network's delay; what is kept; why the try is not checked.
TRANSITIONS = [
    (Tries(0, None), CALM, Tries(1, None), PASSES),
    (Tries(8, None), CALM, Tries(9, None), PASSES),
    (Tries(9, None), CALM, Tries(10, LOCKED_30), PASSES),
    (Tries(10, NOW), CALM, Tries(11, LOCKED_60), PASSES),
    (Tries(10, NOW), SLOW, Tries(11, LOCKED_60), PASSES),
    (Tries(10, AHEAD), CALM, Tries(10, AHEAD), Locked),
    (Tries(10, AHEAD), SLOW, Tries(10, AHEAD), Locked),
    (Tries(0, None), SLOW, Tries(0, NOW + SLOW), Slowed),
    (Tries(3, None), SLOW, Tries(3, NOW + SLOW), Slowed),
    (Tries(3, AHEAD), SLOW, Tries(3, AHEAD), Slowed),
    (Tries(3, AHEAD), CALM, Tries(3, AHEAD), Slowed),
    (Tries(3, NOW), SLOW, Tries(4, None), PASSES),
    (Tries(3, PAST), SLOW, Tries(4, None), PASSES),
    (Tries(9, NOW), SLOW, Tries(10, LOCKED_30), PASSES),
]


@pytest.mark.parametrize(("before", "delay", "after", "refusal"), TRANSITIONS)
def test_a_try_is_counted_as_the_table_says(
    before: Tries, delay: timedelta, after: Tries, refusal: type | None
) -> None:
    counted = count_try(before, Where.NETWORK, delay=delay, now=NOW)
    assert counted.tries == after
    assert (type(counted.refusal) if counted.refusal else None) == refusal
    if counted.refusal is not None and after.next_at is not None:
        seconds = (after.next_at - NOW).total_seconds()
        assert counted.refusal.fields["retry_after"] == seconds


@given(st.integers(FREE_TRIES, 1_000_000))
def test_no_lock_is_longer_than_ten_minutes(count: int) -> None:
    tries = count_try(Tries(count, NOW), Where.DEVICE, now=NOW).tries
    assert tries.next_at is not None
    assert tries.next_at <= NOW + LONGEST_LOCK


@given(st.integers(0, 100_000))
def test_no_network_waits_longer_than_half_a_minute_and_more_tries_never_shorten_it(
    wrong: int,
) -> None:
    assert delay_of(wrong) <= delay_of(wrong + 1) <= LONGEST_DELAY


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unknown", "unknown"),
        ("203.0.113.700", "unknown"),
    ],
)
def test_an_address_is_counted_by_its_network(address: str, network: str) -> None:
    assert network_of(read_address(address)) == network


@given(st.text(max_size=60))
def test_no_cookie_that_was_made_up_makes_a_device_known(cookie: str) -> None:
    key = DeviceKey(bytes(32))
    assert key.find(cookie, b"login", now=NOW) is None
    given = key.give(cookie, b"login", now=NOW)
    assert len(given) <= LONGEST_COOKIE
    assert key.find(given, b"login", now=NOW) is not None
