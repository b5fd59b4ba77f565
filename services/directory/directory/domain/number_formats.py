"""What Excel shows of a number: dates, and zeros in front (ECMA-376 part 1, 18.8.30).

Only what a roster can hold is understood; any other format leaves the number as it is.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from directory.domain.workbooks import Mark, MarkKind

# Numbers of formats that a file does not spell out; 27 to 36 and 50 to 58 are Japanese Excel's.
BUILT_IN: dict[int, str] = {
    1: "0",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    27: "ge.m.d",
    28: "ggge年m月d日",
    29: "ggge年m月d日",
    30: "m/d/yy",
    31: "yyyy年m月d日",
    32: "h時mm分",
    33: "h時mm分ss秒",
    34: "yyyy年m月",
    35: "m月d日",
    36: "ge.m.d",
    45: "mm:ss",
    47: "mm:ss",
    50: "ge.m.d",
    51: "ggge年m月d日",
    52: "yyyy年m月",
    53: "m月d日",
    54: "ggge年m月d日",
    55: "yyyy年m月",
    56: "m月d日",
    57: "ge.m.d",
    58: "ggge年m月d日",
}
# Excel's own bound; a longer code is none of Excel's.
LONGEST_CODE = 255
# A cell knows no zone.
_BEFORE_FIRST = datetime(1899, 12, 31)  # noqa: DTZ001
_FIRST_OF_1904 = datetime(1904, 1, 1)  # noqa: DTZ001

_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_NO_PATTERN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_WORDS = re.compile(r"general|g/標準|am/pm|a/p|e[+-]", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"|\\(.)')
_ZEROS = re.compile(r"[0 -]*0[0 -]*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How a number is shown. `zeros`: a pattern of zeros alone, such as 0000000 or 000-0000."""

    shows_year: bool = False
    shows_month: bool = False
    shows_day: bool = False
    shows_time: bool = False
    zeros: str = ""

    @property
    def is_date(self) -> bool:
        return self.shows_year or self.shows_month or self.shows_day or self.shows_time


PLAIN = NumberFormat()


def read_format(code: str) -> NumberFormat:
    """Understand a format code; only its first section, for positive numbers, counts."""
    if len(code) > LONGEST_CODE or _ELAPSED.search(code):
        return PLAIN
    letters = _WORDS.sub("", _NO_PATTERN.sub("", code)).lower().split(";")[0]
    shows_year = "y" in letters or "e" in letters
    shows_time = "h" in letters or "s" in letters
    # aaa: the day of the week in Japanese.
    shows_day = "d" in letters or "aaa" in letters
    # Beside hours or seconds alone, m are minutes.
    is_minutes = shows_time and not (shows_year or shows_day)
    return NumberFormat(
        shows_year=shows_year,
        shows_month="m" in letters and not is_minutes,
        shows_day=shows_day,
        shows_time=shows_time,
        zeros=_read_zeros(code),
    )


def _read_zeros(code: str) -> str:
    """Return the pattern of a format that is zeros with hyphens or spaces between them."""
    section = code.split(";")[0]
    pattern = _QUOTED.sub(lambda found: found[1] or found[2] or "", section)
    return pattern if _ZEROS.fullmatch(pattern) else ""


def show_number(
    value: str, number_format: NumberFormat, *, is_1904: bool
) -> tuple[str, Mark | None]:
    """Return a number's text, and its mark where the format makes a date of it."""
    serial = _number_of(value) if number_format.is_date else None
    if serial is not None:
        moment = _moment_of(serial, is_1904=is_1904)
        is_time_alone = serial < 1
        if moment is not None and is_time_alone and number_format.shows_time:
            return _show_time(moment)
        if moment is not None and not is_time_alone:
            return _show_moment(moment, number_format)
    text = plain_number(value)
    if number_format.zeros and text.isascii() and text.isdigit():
        return _fill_zeros(text, number_format.zeros), None
    return text, None


def plain_number(value: str) -> str:
    """Return a number's digits: 4.0 as 4, 1.23457E+15 whole; what is no number stays as it is."""
    if value.isascii() and value.isdigit():
        return value
    number = _number_of(value)
    if number is None:
        return value
    if number.is_integer():
        return str(int(Decimal(value)))
    return repr(number)


def show_date(moment: datetime) -> tuple[str, Mark]:
    """Return a date that a file spells out (`t="d"`), as a date in the usual format."""
    has_time = moment.time() != datetime.min.time()
    usual = NumberFormat(shows_year=True, shows_month=True, shows_day=True, shows_time=has_time)
    return _show_moment(moment, usual)


def _number_of(value: str) -> float | None:
    if not _NUMBER.fullmatch(value):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _fill_zeros(digits: str, pattern: str) -> str:
    """Write digits over a pattern's zeros from the right; those left over stand in front."""
    left = list(digits)
    shown: list[str] = []
    for sign in reversed(pattern):
        if sign != "0":
            shown.append(sign)
        elif left:
            shown.append(left.pop())
        else:
            shown.append("0")
    return "".join(left) + "".join(reversed(shown))


def _moment_of(serial: float, *, is_1904: bool) -> datetime | None:
    """Return the moment that a serial number stands for, to the second.

    None where there is none: before the first day, behind the last, and on 29 February 1900, which
    Excel knows and no calendar does.
    """
    is_no_day = 60 <= serial < 61 and not is_1904
    if serial < 0 or is_no_day:
        return None
    first = _FIRST_OF_1904 if is_1904 else _BEFORE_FIRST
    if serial >= 61 and not is_1904:
        first -= timedelta(days=1)
    try:
        return first + timedelta(seconds=round(serial * 86_400))
    except OverflowError:
        return None


def _show_moment(moment: datetime, shape: NumberFormat) -> tuple[str, Mark]:
    """Return ISO text and mark: the parts of a moment that its format shows."""
    has_date = shape.shows_year or shape.shows_month or shape.shows_day
    if not has_date:
        return _show_time(moment)
    shown = _show_day(moment, shape)
    if not shape.shows_time:
        return moment.date().isoformat(), Mark(MarkKind.DATE, shown)
    return moment.isoformat(), Mark(MarkKind.DATE, f"{shown} {_clock_time(moment)}")


def _show_time(moment: datetime) -> tuple[str, Mark]:
    return moment.time().isoformat(), Mark(MarkKind.DATE, _clock_time(moment))


def _clock_time(moment: datetime) -> str:
    return f"{moment.hour}:{moment.minute:02}"


def _show_day(moment: datetime, shape: NumberFormat) -> str:
    if shape.shows_year and shape.shows_day:
        return f"{moment.year}/{moment.month}/{moment.day}"
    if shape.shows_year:
        return f"{moment.year}年{moment.month}月"
    return f"{moment.month}月{moment.day}日"
