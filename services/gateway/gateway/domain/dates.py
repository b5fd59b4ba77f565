"""Dates and times as a Japanese school writes them: 11月24日（火）, 7:05.

The year of the era stands only where it is needed.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from common.clock import JST, WEEKDAYS, fiscal_year, to_jst, today

REIWA_BEGAN = date(2019, 5, 1)
_ENGLISH_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ENGLISH_MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def as_moment(value: str | datetime) -> datetime:
    """Return an aware moment from another house's answer."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def as_day(value: str | date) -> date:
    """Return a day from another house's answer."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def say_day(day: date, *, today: date) -> str:
    """Say a day: 11月24日（火）; another calendar year with its era: 令和7年3月24日（月）."""
    plain = f"{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"
    return plain if day.year == today.year else f"{say_year(day)}{plain}"


def say_date(day: date) -> str:
    """Say a day that is written down: always with its year: 令和9年3月31日（水）."""
    return f"{say_year(day)}{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def say_birthday(value: str | date) -> str:
    """Say a day of birth: 2016年5月10日, 令和2年5月10日."""
    return say_plain_date(as_day(value))


def say_plain_date(day: date) -> str:
    """Say a day with its year and without its weekday: 令和9年2月22日."""
    return f"{say_year(day)}{day.month}月{day.day}日"


def say_date_in_english(day: date) -> str:
    """Say a day in English: 22 Feb 2027."""
    return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}"


def say_year(day: date) -> str:
    """Say a year: 令和8年, 令和元年; before that era 2018年."""
    if day < REIWA_BEGAN:
        return f"{day.year}年"
    year = day.year - 2018
    return "令和元年" if year == 1 else f"令和{year}年"


def say_time(moment: datetime) -> str:
    """Say a time of day in Japan: 7:05."""
    there = to_jst(moment)
    return f"{there.hour}:{there.minute:02}"


def say_moment(moment: datetime, *, today: date) -> str:
    """Say when something happened: 7:31 today, else 11月20日（金）16:02."""
    day = to_jst(moment).date()
    return say_time(moment) if day == today else f"{say_day(day, today=today)}{say_time(moment)}"


def say_written_moment(value: str | datetime) -> str:
    """Say a moment that is written down: always with its year: 令和8年11月24日（火）7:05."""
    moment = as_moment(value)
    return f"{say_date(to_jst(moment).date())}{say_time(moment)}"


def say_until(value: str | datetime) -> str:
    """Say until when something holds: 12月1日（火）23:59."""
    moment = as_moment(value)
    return f"{say_day(to_jst(moment).date(), today=today())}{say_time(moment)}"


def say_second(moment: datetime) -> str:
    """Say a time to the second: 7:31:04."""
    return f"{say_time(moment)}:{to_jst(moment).second:02}"


def say_duration(seconds: float) -> str:
    """Say a duration: 38秒, 2分5秒, 1時間3分; less than a second is 1秒未満."""
    if seconds < 1:
        return "1秒未満"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours and minutes:
        return f"{hours}時間{minutes}分"
    if hours:
        return f"{hours}時間"
    if minutes and rest:
        return f"{minutes}分{rest}秒"
    if minutes:
        return f"{minutes}分"
    return f"{rest}秒"


def say_elapsed(seconds: float) -> str:
    """Say a running clock: 0:22, 12:05."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02}"


def say_moment_in_english(moment: datetime) -> str:
    """Say a moment for families who read English: Tue, 24 Nov 2026, 7:12."""
    there = to_jst(moment)
    weekday = _ENGLISH_DAYS[there.weekday()]
    month = _ENGLISH_MONTHS[there.month - 1]
    return f"{weekday}, {there.day} {month} {there.year}, {say_time(moment)}"


def month_between(month: str) -> tuple[str, str]:
    """Return the moments from which and before which a month in Japan lasts, as texts.

    Two empty ones where there is no such month.
    """
    found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", month)
    if found is None:
        return "", ""
    year = int(found[1])
    number = int(found[2])
    begins = datetime(year, number, 1, tzinfo=JST)
    if number == 12:
        ends = datetime(year + 1, 1, 1, tzinfo=JST)
    else:
        ends = datetime(year, number + 1, 1, tzinfo=JST)
    return begins.isoformat(), ends.isoformat()


def school_months() -> list[tuple[str, str]]:
    """Return the months of this school year until now, newest first: (2026-11, 11月)."""
    now = today()
    first = fiscal_year(now)
    until_december = [(first, number) for number in range(4, 13)]
    from_january = [(first + 1, number) for number in range(1, 4)]
    months = until_december + from_january
    past = [month for month in months if month <= (now.year, now.month)]
    return [(f"{year}-{number:02}", f"{number}月") for year, number in reversed(past)]
