"""Per-domain limits that slow down by themselves and recover (MSG-9)."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.delivery.outcomes import Accepted, Deferred, NotSent, Reason, Rejected, Unknown
from dispatch_mail.domain.carriers import ALIASES, carrier_of
from dispatch_mail.provider.limits import (
    DEFAULTS,
    FIRST_PAUSE,
    GENEROUS,
    LONGEST_PAUSE,
    REFUSALS_IN_A_ROW,
    REFUSALS_PAUSE,
    SLOWEST,
    Limit,
    Limits,
)

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
OK = Accepted(250, "ok")
SLOW_DOWN = Deferred(Reason.RATE_LIMITED, 421, "too many", None)
UNKNOWN_USER = Rejected(Reason.USER_UNKNOWN, 550, "unknown")
ONE = Limit(concurrency=2, per_second=10.0, burst=50)
# Its rate can be measured: a thousand seconds of mails fit into one burst.
WIDE = Limit(concurrency=2, per_second=10.0, burst=100_000)


def limits():
    return Limits({"one.jp": ONE, "wide.jp": WIDE}, default=Limit(4, 1000.0, 1000))


def seconds(number):
    return START + timedelta(seconds=number)


def rate_of_wide(subject):
    """Return the mails a second that wide.jp gets, exact to a hundredth.

    They are taken when no pause is left; nothing else can be asked after that.
    """
    later = START + timedelta(days=1)
    subject.take("wide.jp", WIDE.burst, later)
    taken = subject.take("wide.jp", WIDE.burst, later + timedelta(seconds=1000))
    return round(taken / 1000, 2)


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 500)), max_size=40))
def test_no_more_goes_than_the_burst_and_the_rate_allow(steps):
    given_out, now, subject = 0, START, limits()
    for pause, wanted in steps:
        now += timedelta(seconds=pause)
        allowed = subject.take("one.jp", wanted, now)
        assert 0 <= allowed <= wanted
        given_out += allowed
        assert given_out <= ONE.burst + ONE.per_second * (now - START).total_seconds() + 1e-6


outcomes = st.sampled_from(
    [
        OK,
        SLOW_DOWN,
        UNKNOWN_USER,
        Unknown("lost"),
        NotSent("lost"),
        Deferred(Reason.MAILBOX_FULL, 452, "", None),
    ]
)


@given(st.lists(st.tuples(st.floats(0, 700), outcomes), max_size=60))
def test_the_rate_stays_between_its_bounds_and_a_pause_always_ends(steps):
    now, subject = START, limits()
    for pause, outcome in steps:
        now += timedelta(seconds=pause)
        subject.report("one.jp", outcome, now)
        subject.report("wide.jp", outcome, now)
        until = subject.paused_until("one.jp", now) or now
        assert until <= now + max(LONGEST_PAUSE, REFUSALS_PAUSE)
        if until > now:
            assert subject.take("one.jp", 5, now) == 0
    later = now + LONGEST_PAUSE + timedelta(seconds=60)
    assert subject.take("one.jp", 1, later) == 1
    slowest = round(WIDE.per_second * SLOWEST, 2)
    assert slowest <= rate_of_wide(subject) <= WIDE.per_second


@given(st.lists(st.tuples(st.floats(0, 60), outcomes), max_size=40))
def test_what_happens_to_one_domain_changes_nothing_for_another(steps):
    now, subject = START, limits()
    for pause, outcome in steps:
        now += timedelta(seconds=pause)
        subject.report("one.jp", outcome, now)
    assert subject.take("other.jp", 1000, now) == 1000
    assert subject.paused_until("other.jp", now) is None


def test_a_refusal_for_now_halves_the_rate_once_and_pauses():
    subject = limits()
    for domain in ("one.jp", "wide.jp"):
        subject.report(domain, SLOW_DOWN, START)
        subject.report(domain, SLOW_DOWN, seconds(1))
    assert subject.paused_until("one.jp", seconds(1)) == START + FIRST_PAUSE
    assert subject.take("one.jp", 10, seconds(4)) == 0
    assert subject.take("one.jp", 10, seconds(5)) == 1
    assert rate_of_wide(subject) == 5.0


def test_trouble_after_trouble_doubles_the_pause():
    subject, now = limits(), START
    pauses = []
    for _ in range(10):
        subject.report("one.jp", SLOW_DOWN, now)
        until = subject.paused_until("one.jp", now)
        pauses.append((until - now).total_seconds())
        now = until
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses[-1] == 600


@pytest.mark.parametrize(("accepted", "rate"), [(1, 5.2), (24, 9.8), (25, 10.0), (30, 10.0)])
def test_accepted_mails_bring_the_rate_back_step_by_step(accepted, rate):
    subject = limits()
    subject.report("wide.jp", SLOW_DOWN, START)
    for _ in range(accepted):
        subject.report("wide.jp", OK, seconds(10))
    assert rate_of_wide(subject) == rate


def test_twenty_refusals_in_a_row_are_about_us():
    subject = limits()
    for _ in range(REFUSALS_IN_A_ROW - 1):
        subject.report("one.jp", UNKNOWN_USER, START)
    subject.report("one.jp", OK, START)
    for _ in range(REFUSALS_IN_A_ROW - 1):
        subject.report("one.jp", UNKNOWN_USER, START)
    assert subject.paused_until("one.jp", START) is None
    subject.report("one.jp", UNKNOWN_USER, START)
    assert subject.paused_until("one.jp", START) == START + REFUSALS_PAUSE


def test_a_full_mailbox_greylisting_and_our_own_relay_slow_no_domain():
    subject = limits()
    for reason in (Reason.MAILBOX_FULL, Reason.GREYLISTED, Reason.RELAY_DOWN):
        subject.report("wide.jp", Deferred(reason, 450, "", None), START)
    assert subject.paused_until("wide.jp", START) is None
    assert rate_of_wide(subject) == 10.0


def test_a_clock_that_goes_back_gives_nothing_away():
    subject = limits()
    assert subject.take("one.jp", 50, START) == 50
    assert subject.take("one.jp", 50, seconds(-100)) == 0
    assert subject.take("one.jp", 50, seconds(1)) == 10


def test_the_carriers_are_served_carefully_in_the_town_as_well():
    for house in (
        "docomo",
        "au",
        "ezweb",
        "softbank",
        "yahoo",
        "gmail",
        "icloud",
        "me",
        "outlook",
        "live",
    ):
        assert DEFAULTS[carrier_of(f"{house}.town.test")].per_second <= 60
    assert DEFAULTS["docomo.ne.jp"] == DEFAULTS["docomo.town.test"]
    assert Limits().take("example.jp", 10_000, START) == 10_000


@pytest.mark.parametrize(
    "domains",
    [
        ("icloud.com", "me.com", "mac.com"),
        ("outlook.jp", "hotmail.co.jp", "live.jp", "hotmail.com", "outlook.com", "msn.com"),
        ("yahoo.co.jp", "ymail.ne.jp", "ybb.ne.jp"),
        ("ezweb.ne.jp", "au.com"),
        ("softbank.ne.jp", "i.softbank.jp", "t.vodafone.ne.jp"),
        ("gmail.com", "googlemail.com"),
        ("docomo.ne.jp",),
    ],
)
def test_the_domains_of_one_provider_are_one_door(domains: tuple[str, ...]) -> None:
    """B18: me.com and mac.com, and all of Microsoft's, had 20 connections and 20,000 mails a second
    each.
    """
    (carrier,) = {carrier_of(domain) for domain in domains}
    assert carrier in DEFAULTS
    assert carrier_of(carrier) == carrier
    limits = Limits()
    taken = sum(limits.take(carrier_of(domain), 1000, START) for domain in domains)
    assert taken == DEFAULTS[carrier].burst


def test_a_domain_of_nobody_we_know_stands_for_itself() -> None:
    assert [carrier_of(domain) for domain in ("example.jp", "notme.com", "me.com.example.jp")] == [
        "example.jp",
        "notme.com",
        "me.com.example.jp",
    ]
    assert not set(ALIASES) & {alias for aliases in ALIASES.values() for alias in aliases}


def test_a_domain_whose_pace_is_used_up_opens_with_half_a_second_of_mails():
    subject = limits()
    assert subject.take("one.jp", 50, START) == 50
    assert subject.closed_domains(seconds(0.4)) == ["one.jp"]
    assert subject.closed_domains(seconds(0.5)) == []
    assert subject.take("one.jp", 100, seconds(0.5)) == 5


def test_a_domain_opens_for_a_single_mail_after_a_pause_and_for_more_once_it_took_one():
    subject = limits()
    subject.report("one.jp", SLOW_DOWN, START)
    assert subject.closed_domains(seconds(5)) == []
    assert subject.take("one.jp", 10, seconds(5)) == 1
    assert subject.closed_domains(seconds(5.1)) == ["one.jp"]
    assert subject.closed_domains(seconds(5.3)) == []
    subject.report("one.jp", OK, seconds(5.3))
    assert subject.closed_domains(seconds(5.3)) == ["one.jp"]
    assert subject.closed_domains(seconds(6)) == []


def test_invented_domains_leave_next_to_nothing_and_no_carriers_pause_is_forgotten_for_them():
    subject = limits()
    subject.report("one.jp", SLOW_DOWN, START)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(20_000):
            subject.take(f"invented-{number}.example", 1, START)
            subject.report(f"invented-{number}.example", UNKNOWN_USER, START)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000, "bytes"
    assert subject.closed_domains(START) == ["one.jp"]


def test_the_pause_of_a_domain_without_a_limit_of_its_own_is_kept_beside_hundreds_of_others():
    subject = limits()
    subject.report("school.example", SLOW_DOWN, START)
    for number in range(900):
        subject.take(f"other-{number}.example", 1, START)
    assert subject.closed_domains(START) == ["school.example"]


class CountingLimits(dict[str, Limit]):
    """Limits that count how often one is looked up."""

    asked = 0

    def get(self, *key: Any) -> Any:
        self.asked += 1
        return super().get(*key)


def test_domains_that_are_at_rest_cost_a_claim_nothing():
    own = CountingLimits()
    subject = Limits(own, GENEROUS)
    for number in range(900):
        subject.take(f"invented-{number}.example", 1, START)
    assert subject.closed_domains(seconds(1)) == []
    own.asked = 0
    assert subject.closed_domains(seconds(2)) == []
    assert own.asked == 0
    subject.report("invented-7.example", SLOW_DOWN, seconds(3))
    assert subject.closed_domains(seconds(4)) == ["invented-7.example"]
