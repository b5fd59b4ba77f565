"""Dates as school offices write them, of the calendar and of eras (DIR-2, japan.md)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

# The year before the first of each era.
_ERAS = {
    **dict.fromkeys(("令和", "r"), 2018),
    **dict.fromkeys(("平成", "h"), 1988),
    **dict.fromkeys(("昭和", "s"), 1925),
    **dict.fromkeys(("大正", "t"), 1911),
    **dict.fromkeys(("明治", "m"), 1867),
}
_OF_ERA = re.compile(
    r"(令和|平成|昭和|大正|明治|[rhstm])\.?([0-9]{1,2}|元)[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?"
)
_OF_CALENDAR = re.compile(r"([12][0-9]{3})[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?")
_DIGITS = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
# Excel's own count of days, where a date lost its format: 1954 to 2064.
_SERIAL = re.compile(r"[2-5][0-9]{4}")
_EXCEL_BEGAN = date(1899, 12, 30)


def read_date(text: str) -> date | None:
    """Return a day, None where the text is none.

    2016-04-01 · 2016/4/1 · 2016年4月1日 · 20160401 · 平成28年4月1日 · H28.4.1 · 令和元年5月1日 ·
    42461
    """
    half_width = unicodedata.normalize("NFKC", text)
    plain = "".join(half_width.lower().split())
    if _SERIAL.fullmatch(plain):
        days = int(plain)
        return _EXCEL_BEGAN + timedelta(days)
    of_era = _OF_ERA.fullmatch(plain)
    if of_era is not None:
        era, year, month, day = of_era.groups()
        return _make(_year_of(era, year), month, day)
    of_calendar = _OF_CALENDAR.fullmatch(plain) or _DIGITS.fullmatch(plain)
    return _make(*of_calendar.groups()) if of_calendar else None


def _year_of(era: str, year: str) -> str:
    of_era = 1 if year == "元" else int(year)
    return str(_ERAS[era] + of_era)


def _make(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
