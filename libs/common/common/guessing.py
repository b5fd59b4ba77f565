"""Against guessing: a try is counted before it is checked, and forgiven when it was right.

Counting first leaves no gap in which many tries at once are checked before the first is counted.
What is counted is what was typed, whether anything stands behind it or not, so that being refused
tells nothing. What is counted by whom stands in docs/adr/0032.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from common.errors import Busy

Address = IPv4Address | IPv6Address
# What one line or one provider's customer has: a home with IPv6 has 2^64 addresses of its own.
IPV4_BITS = 24
IPV6_BITS = 64
# Those whose address nobody could tell are one network.
NOWHERE = "unknown"
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


@dataclass(frozen=True, slots=True)
class CountedTries:
    """The tries with one more, to be kept; `refusal`: why this one is not to be checked."""

    tries: Tries
    refusal: Busy | None = None


def count_try(
    tries: Tries,
    where: Where,
    *,
    free: int = FREE_TRIES,
    delay: timedelta = NO_DELAY,
    now: datetime,
) -> CountedTries:
    """Count one more try, or refuse it. `delay`: how long its network lets it wait.

    `free`: how many wrong ones there are until the next has to wait.
    """
    next_at = tries.next_at
    if next_at is None and delay > NO_DELAY:
        next_at = now + delay
    if next_at is None or next_at <= now:
        count = tries.failed_count + 1
        return CountedTries(Tries(count, _next_at(count - free, now)))
    seconds = seconds_until(next_at, now)
    # Else it is for its network that it waits, and not for the tries themselves.
    is_locked = tries.failed_count >= free
    refusal = Locked(where, seconds) if is_locked else Slowed(seconds)
    return CountedTries(Tries(tries.failed_count, next_at), refusal)


def _next_at(beyond: int, now: datetime) -> datetime | None:
    """Return from when on there may be another try if this one, too, was wrong.

    `beyond`: how many there are beyond the free ones.
    """
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


def read_address(text: str) -> Address | None:
    """Return a remote address; None where the text is none.

    An IPv4 address that is written as IPv6 is the same address (RFC 4291, 2.5.5.2).
    """
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def network_of(address: Address | None) -> str:
    """Return the network by which an address is counted: its /24, or its /64."""
    if address is None:
        return NOWHERE
    bits = IPV4_BITS if address.version == 4 else IPV6_BITS
    return str(ip_network((address, bits), strict=False))
