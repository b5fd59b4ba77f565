"""Against guessing: a try is counted before the password is checked and forgiven when it was right.

Counting first leaves no gap in which many tries at once are checked before the first is counted.
What is counted is the mail address as typed, whether an account stands behind it or not, so that
being locked tells nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.errors import Busy, Unauthenticated

TRIES_BY_LOGIN = 10
LOCKED_FOR = timedelta(minutes=10)
# A school's staff room is one address: only wrong ones count.
TRIES_BY_ADDRESS = 30
ADDRESS_WINDOW = timedelta(minutes=10)


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


class Locked(Busy):
    """Too many wrong tries; `retry_after` in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "locked", "Too many wrong tries. Try again later.", fields={"retry_after": retry_after}
        )


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries for one login since the last right one."""

    failed_count: int
    locked_until: datetime | None


def count_try(tries: Tries, now: datetime) -> Tries:
    """Return the tries with one more; the tenth wrong one locks. Raise Locked in the lock."""
    if tries.locked_until is not None:
        if now < tries.locked_until:
            raise Locked(seconds_until(tries.locked_until, now))
        tries = Tries(0, None)
    count = tries.failed_count + 1
    return Tries(count, now + LOCKED_FOR if count >= TRIES_BY_LOGIN else None)


def seconds_until(moment: datetime, now: datetime) -> int:
    return max(1, math.ceil((moment - now).total_seconds()))
