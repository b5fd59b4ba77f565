"""Which state of a delivery follows which, and where an outcome leads: without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from common.delivery.outcomes import Accepted, Deferred, NotSent, Outcome, Reason, Rejected
from common.words import FINAL, DeliveryState

WAITING = frozenset({DeliveryState.REQUESTED, DeliveryState.DEFERRED})

# Seconds. Urgent: the first half hour decides. Normal: greylisting wants about 5 minutes, a full
# mailbox hours.
URGENT_LADDER = (10, 20, 30, 60, 120, 180, 300)
NORMAL_LADDER = (60, 300, 900, 1800, 3600, 7200, 14400)
NOT_SENT_PAUSE = timedelta(seconds=1)
UNKNOWN_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a delivery is tried before it is given up; the times are settings."""

    urgent_give_up: timedelta = timedelta(minutes=30)
    normal_give_up: timedelta = timedelta(hours=24)

    def give_up_at(self, lane: str, now: datetime) -> datetime:
        return now + (self.urgent_give_up if lane == "urgent" else self.normal_give_up)


class Trial(Protocol):
    """What is known of a claimed row when its outcome comes.

    `attempts` counts this one; `unknowns` those before it.
    """

    @property
    def lane(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def unknowns(self) -> int: ...
    @property
    def give_up_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where a row goes.

    Rows with equal settlements are updated by one statement, so it holds nothing that differs for
    each.
    """

    state: DeliveryState
    reason: Reason | None = None
    code: int | None = None
    next_attempt_at: datetime | None = None
    attempts_change: int = 0
    unknowns_change: int = 0

    @property
    def is_final(self) -> bool:
        return self.state in FINAL


def settle(outcome: Outcome, trial: Trial, now: datetime) -> Settlement:
    """Return what an outcome means for a row: final, or to be tried again and when.

    It is never tried later than its `give_up_at`.
    """
    if isinstance(outcome, Accepted):
        return _accepted(outcome.code)
    if isinstance(outcome, Rejected):
        return Settlement(DeliveryState.REFUSED, outcome.reason, outcome.code)
    is_over = now >= trial.give_up_at
    if isinstance(outcome, Deferred):
        if is_over:
            return Settlement(DeliveryState.EXPIRED, outcome.reason, outcome.code)
        again = _after_deferral(outcome, trial, now)
        return Settlement(
            DeliveryState.DEFERRED,
            outcome.reason,
            outcome.code,
            next_attempt_at=again,
        )
    if isinstance(outcome, NotSent):
        if is_over:
            return Settlement(DeliveryState.EXPIRED, Reason.GIVEN_UP, attempts_change=-1)
        again = _at_most(now + NOT_SENT_PAUSE, trial)
        return Settlement(
            DeliveryState.REQUESTED,
            next_attempt_at=again,
            attempts_change=-1,
        )
    # A duplicate is better than silence, once.
    if is_over or trial.unknowns >= 1:
        return Settlement(DeliveryState.UNKNOWN, Reason.TIME_OUT)
    again = _at_most(now + UNKNOWN_PAUSE, trial)
    return Settlement(
        DeliveryState.REQUESTED,
        Reason.TIME_OUT,
        next_attempt_at=again,
        unknowns_change=1,
    )


@lru_cache
def _accepted(code: int) -> Settlement:
    """Return what nearly every row of a batch shares."""
    return Settlement(DeliveryState.ACCEPTED, None, code)


def _after_deferral(outcome: Deferred, trial: Trial, now: datetime) -> datetime:
    ladder = URGENT_LADDER if trial.lane == "urgent" else NORMAL_LADDER
    step = timedelta(seconds=ladder[min(max(trial.attempts, 1), len(ladder)) - 1])
    return _at_most(max(outcome.until or now, now + step), trial)


def _at_most(moment: datetime, trial: Trial) -> datetime:
    return min(_second(moment), trial.give_up_at)


def _second(moment: datetime) -> datetime:
    """Round up to a full second, so that the rows of a batch share a settlement and an UPDATE."""
    return moment.replace(microsecond=0) + timedelta(seconds=1 if moment.microsecond else 0)
