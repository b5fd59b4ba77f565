"""The only reader of time: UTC inside, Japan Standard Time where people see it.

Fiscal years go from April to March. While a role knows that its machine's clock is off, it reckons
the time from the clock that never jumps: a next try or the end of a pause, written by a clock that
is ahead, would keep a delivery waiting for as long.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone

# Japan has had no summer time since 1952: a fixed offset needs no zone data.
JST = timezone(timedelta(hours=9), "JST")
WEEKDAYS = "月火水木金土日"

# Of the clock that never jumps, while the machine's is not trusted.
_zero: datetime | None = None


def now() -> datetime:
    """Return the present moment as an aware UTC datetime."""
    if _zero is None:
        return of_machine()
    return _zero + timedelta(seconds=monotonic())


def of_machine() -> datetime:
    """Return what the machine's clock says, right or not."""
    return datetime.now(UTC)


def reckon(seconds_off: float) -> None:
    """Take the machine's clock for so many seconds ahead, and go on without it."""
    global _zero
    _zero = of_machine() - timedelta(seconds=seconds_off + monotonic())


def trust_machine() -> None:
    """Read the machine's clock again."""
    global _zero
    _zero = None


def monotonic() -> float:
    """Return seconds of a clock that never runs backwards, for measuring durations."""
    return time.monotonic()


def to_jst(moment: datetime) -> datetime:
    """Return `moment` (aware) as people in Japan read it."""
    return moment.astimezone(JST)


def today() -> date:
    """Return the date in Japan."""
    return to_jst(now()).date()


def fiscal_year(day: date) -> int:
    """Return the school year that `day` belongs to: 2026-03-31 → 2025, 2026-04-01 → 2026."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_start(year: int) -> datetime:
    """Return the first moment of a school year, in UTC: 1 April, 0:00 in Japan."""
    return datetime(year, 4, 1, tzinfo=JST).astimezone(UTC)
