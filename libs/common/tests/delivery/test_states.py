"""Every delivery ends, and no outcome leads where it must not (DLV-1, DLV-3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from common.delivery.outcomes import Accepted, Deferred, NotSent, Outcome, Reason, Rejected, Unknown
from common.delivery.states import WAITING, Policy, Settlement, Trial, settle
from common.words import FINAL, DeliveryState

START = datetime(2026, 11, 24, 6, 0, 0, 123456, tzinfo=UTC)
reasons = st.sampled_from(Reason)
lanes = st.sampled_from(["urgent", "normal"])
moments = st.integers(0, 4000).map(
    lambda seconds: START + timedelta(seconds=seconds, microseconds=seconds * 7)
)
waits = st.one_of(
    st.builds(Deferred, reasons, st.just(451), st.just("later"), st.none() | moments),
    st.builds(Unknown, st.just("lost")),
    st.builds(NotSent, st.just("not begun")),
)
ends = st.one_of(
    st.builds(Accepted, st.just(250), st.just("ok")),
    st.builds(Rejected, reasons, st.just(550), st.just("no")),
)
outcomes: st.SearchStrategy[Outcome] = waits | ends


class Tried(NamedTuple):
    """What `settle` wants to know of a claimed row."""

    lane: str
    attempts: int
    unknowns: int
    give_up_at: datetime


trials = st.builds(Tried, lanes, st.integers(1, 30), st.integers(0, 1), moments)


def walk(
    chosen: list[Outcome], lane: str, give_up_at: datetime, delay: timedelta
) -> tuple[list[Settlement], Trial]:
    """Follow one delivery until it is final; the last outcome repeats for ever.

    `delay`: how late each try is.
    """
    now, attempts, unknowns = START, 0, 0
    taken: list[Settlement] = []
    while not (taken and taken[-1].is_final):
        trial = Tried(lane, attempts + 1, unknowns, give_up_at)
        step = settle(chosen[min(len(taken), len(chosen) - 1)], trial, now)
        taken.append(step)
        attempts, unknowns = trial.attempts + step.attempts_change, unknowns + step.unknowns_change
        assert len(taken) < 2000, "this delivery never ends"
        if step.next_attempt_at is not None:
            now = max(step.next_attempt_at, now) + delay
    return taken, Tried(lane, attempts, unknowns, give_up_at)


@given(st.lists(outcomes, min_size=1, max_size=30), lanes, st.integers(0, 900), st.integers(0, 20))
def test_every_path_ends_in_a_final_state_in_bounded_tries(
    chosen: list[Outcome], lane: str, seconds: int, late: int
) -> None:
    taken, trial = walk(chosen, lane, START + timedelta(seconds=seconds), timedelta(seconds=late))
    assert taken[-1].is_final
    assert len(taken) <= seconds + 3  # the shortest pause between two tries is a second
    assert sum(step.unknowns_change for step in taken) <= 1
    assert 0 <= trial.attempts <= len(taken)


@given(outcomes, trials, moments)
def test_no_outcome_leads_where_a_claimed_row_may_not_go(
    outcome: Outcome, trial: Trial, now: datetime
) -> None:
    step = settle(outcome, trial, now)
    assert step.state in WAITING | frozenset(FINAL) - {DeliveryState.CANCELLED}
    assert step.is_final == (step.next_attempt_at is None)


@given(waits, trials, moments)
def test_nothing_is_tried_after_it_was_to_be_given_up(
    outcome: Outcome, trial: Trial, now: datetime
) -> None:
    step = settle(outcome, trial, now)
    if now >= trial.give_up_at:
        assert step.is_final
    elif not step.is_final:
        assert step.next_attempt_at is not None
        assert now < step.next_attempt_at <= trial.give_up_at


@given(trials, moments)
def test_an_unknown_result_is_tried_once_more_and_no_further(trial: Trial, now: datetime) -> None:
    step = settle(Unknown("lost"), trial, now)
    if trial.unknowns or now >= trial.give_up_at:
        assert step == Settlement(DeliveryState.UNKNOWN, Reason.TIME_OUT)
    else:
        assert (step.state, step.unknowns_change) == (DeliveryState.REQUESTED, 1)


@given(trials, moments)
def test_what_was_not_sent_costs_no_attempt(trial: Trial, now: datetime) -> None:
    assert settle(NotSent("not begun"), trial, now).attempts_change == -1


@given(reasons, trials, moments)
def test_a_deferral_climbs_the_ladder_and_waits_for_what_the_provider_said(
    reason: Reason, trial: Trial, now: datetime
) -> None:
    until = now + timedelta(hours=1)
    late = Tried(trial.lane, trial.attempts, 0, now + timedelta(days=1))
    soon, later = (
        settle(Deferred(reason, 451, "later", moment), late, now).next_attempt_at
        for moment in (None, until)
    )
    further = settle(
        Deferred(reason, 451, "later", None),
        Tried(trial.lane, trial.attempts + 1, 0, late.give_up_at),
        now,
    )
    assert soon is not None
    assert later is not None
    assert further.next_attempt_at is not None
    assert now + timedelta(seconds=10) <= soon <= further.next_attempt_at
    assert later >= until


def test_urgent_is_given_up_after_half_an_hour_and_normal_after_a_day() -> None:
    assert Policy().give_up_at("urgent", START) == START + timedelta(minutes=30)
    assert Policy().give_up_at("normal", START) == START + timedelta(hours=24)


def test_rows_of_a_batch_share_their_settlement() -> None:
    trial = Tried("normal", 1, 0, START + timedelta(hours=1))
    moments_of_a_batch = [START + timedelta(milliseconds=number) for number in range(300)]
    assert (
        len(
            {
                settle(Deferred(Reason.GREYLISTED, 451, "later", None), trial, now)
                for now in moments_of_a_batch
            }
        )
        == 1
    )
