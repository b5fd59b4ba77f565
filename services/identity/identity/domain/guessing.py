"""Against guessing: a try is counted before the password is checked and forgiven when it was right.

Counting first leaves no gap in which many tries at once are checked before the first is counted.
What is counted is the mail address as typed, whether an account stands behind it or not, so that
being refused tells nothing. What is counted by whom stands in docs/adr/0032.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from common.errors import Busy, Invalid, Unauthenticated

# Wrong ones for a login from one place, until the next has to wait.
FREE_TRIES = 10
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=10)
# A city's schools may share one address: only wrong ones count.
CALM_TRIES = 30
NETWORK_WINDOW = timedelta(minutes=10)
# A second for so many wrong tries: 5 s after the thirtieth, 30 s after the hundred and eightieth.
TRIES_A_SECOND = 6
NO_DELAY = timedelta(0)
# Whoever has to wait longer believes that nobody gets in from here.
LONGEST_DELAY = timedelta(seconds=30)


class SignInRefused(Unauthenticated):
    """Mail or password is wrong, or the account has no school to go to: one answer for all."""

    def __init__(self) -> None:
        super().__init__("sign_in_refused", "The mail address or the password is wrong.")


class OperatorSignInRefused(Unauthenticated):
    """Mail, password or code is wrong: one answer for all three."""

    def __init__(self) -> None:
        super().__init__(
            "operator_sign_in_refused", "The mail address, the password or the code is wrong."
        )


class CodeRefused(Invalid):
    """The code is none of the telephone of who presses, or it was used."""

    def __init__(self) -> None:
        super().__init__(
            "code_refused", "The code is wrong, or was used.", fields={"code": "wrong"}
        )


class Where(StrEnum):
    """By what the tries for a login are counted.

    A device that has signed in to it before, or all others of a network together.
    """

    DEVICE = "device"
    NETWORK = "network"


class Locked(Busy):
    """Too many wrong tries for this login from this place; `retry_after` in seconds."""

    def __init__(self, where: Where, retry_after: int) -> None:
        super().__init__(
            "locked",
            "Too many wrong tries. Try again later.",
            fields={"retry_after": retry_after, "where": where.value},
        )


class Slowed(Busy):
    """Too many wrong tries from this network; the login may be tried after `retry_after` seconds.

    Whatever others of the network do meanwhile, the place in the line is kept.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "slowed",
            "Too many wrong tries from this network. Try again in a moment.",
            fields={"retry_after": retry_after},
        )


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries for one login from one place since the last right one.

    `next_at`: from when on the next try passes, however slow the network is; None: at once, unless
    it is slow.
    """

    failed_count: int
    next_at: datetime | None

    @property
    def is_locked(self) -> bool:
        """Return whether it is for the tries themselves that the next one waits."""
        return self.failed_count >= FREE_TRIES


@dataclass(frozen=True, slots=True)
class CountedTries:
    """The tries with one more, to be kept; `refusal`: why this one is not to be checked."""

    tries: Tries
    refusal: Busy | None = None


def count_try(
    tries: Tries, where: Where, *, delay: timedelta = NO_DELAY, now: datetime
) -> CountedTries:
    """Count one more try, or refuse it. `delay`: how long its network lets it wait."""
    next_at = tries.next_at
    if next_at is None and delay > NO_DELAY:
        next_at = now + delay
    if next_at is None or next_at <= now:
        count = tries.failed_count + 1
        return CountedTries(Tries(count, _next_at(count, now)))
    seconds = seconds_until(next_at, now)
    refusal = Locked(where, seconds) if tries.is_locked else Slowed(seconds)
    return CountedTries(Tries(tries.failed_count, next_at), refusal)


def _next_at(count: int, now: datetime) -> datetime | None:
    """Return from when on there may be another try if this one, too, was wrong."""
    beyond = count - FREE_TRIES
    if beyond < 0:
        return None
    # Beyond some doublings it is the longest anyway, and a number without end would not fit.
    doubled = FIRST_LOCK * 2 ** min(beyond, 10)
    return now + min(doubled, LONGEST_LOCK)


def delay_of(wrong_tries: int) -> timedelta:
    """Return how long a try has to wait after so many wrong ones from its network."""
    if wrong_tries < CALM_TRIES:
        return NO_DELAY
    grown = timedelta(seconds=wrong_tries // TRIES_A_SECOND)
    return min(grown, LONGEST_DELAY)


def seconds_until(moment: datetime, now: datetime) -> int:
    return max(1, math.ceil((moment - now).total_seconds()))
