"""A month of the demo school: what is told of a message that was sent, and on which days.

Days are counted back in school days (Monday to Friday) from today, and dates in texts are written
as «+2»: two school days after the sending. So the history is of this month whenever it is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from common import clock

SATURDAY = 5
# Holidays (month, day) that fall on the same date every year; the few that move are school days
# here.
HOLIDAYS = frozenset(
    {(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)}
)
FIRST_SCHOOL_DAY = (4, 8)  # of a school year: nothing is sent before
_DATE = re.compile(r"«\+(\d+)»")


@dataclass(frozen=True)
class PastMessage:
    """A message that was sent.

    `days_ago`: school days; `at`: the time of the press; `sender`, `groups`, `members`: demo keys.
    `share`: the part of the families who confirm in the end, where the category brings a button;
    `told`: the office has called the families that were not reached.
    """

    days_ago: int
    at: str
    sender: str
    groups: tuple[str, ...]
    category: str
    subject: str
    body: str
    short: str
    share: float = 0.85
    lane: Literal["normal", "urgent"] = "normal"
    members: tuple[str, ...] = ()
    told: bool = False

    def pressed_on(self, today: date) -> datetime:
        """Return the moment of the press."""
        return moment(school_day(today, -self.days_ago), self.at)


@dataclass(frozen=True)
class PastDraft:
    """A message that somebody has begun."""

    days_ago: int
    at: str
    sender: str
    groups: tuple[str, ...]
    category: str
    subject: str
    body: str


def moment(day: date, at: str) -> datetime:
    """Return a moment of a day in Japan, in UTC."""
    return datetime.combine(day, time.fromisoformat(at), clock.JST).astimezone(UTC)


def school_day(day: date, steps: int) -> date:
    """Return the day so many school days after another, before it for a negative number.

    Of a free day it is the next one.
    """
    step = timedelta(days=1 if steps >= 0 else -1)
    left = abs(steps)
    while left or is_free(day):
        day += step
        if left and not is_free(day):
            left -= 1
    return day


def is_free(day: date) -> bool:
    """Return whether there is no school on a day, as far as a demo needs to know."""
    return day.weekday() >= SATURDAY or (day.month, day.day) in HOLIDAYS


def dated(sent_on: date) -> Callable[[str], str]:
    """Return how a text reads that was sent on a day: «+2» becomes 11月26日（木）."""

    def write(found: re.Match[str]) -> str:
        day = school_day(sent_on, int(found[1]))
        return f"{day.month}月{day.day}日（{clock.WEEKDAYS[day.weekday()]}）"

    return lambda text: _DATE.sub(write, text)


def is_of_this_year(pressed_at: datetime, today: date) -> bool:
    """Return whether a moment is in the school year of today.

    A month that begins before has fewer messages.
    """
    return clock.to_jst(pressed_at).date() >= date(clock.fiscal_year(today), *FIRST_SCHOOL_DAY)
