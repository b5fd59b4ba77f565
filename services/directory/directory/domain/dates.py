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
    plain = "".join(unicodedata.normalize("NFKC", text).lower().split())
    if _SERIAL.fullmatch(plain):
        return _EXCEL_BEGAN + timedelta(days=int(plain))
    if found := _OF_ERA.fullmatch(plain):
        era, year, month, day = found.groups()
        of_era = 1 if year == "元" else int(year)
        return _make(_ERAS[era] + of_era, int(month), int(day))
    found = _OF_CALENDAR.fullmatch(plain) or _DIGITS.fullmatch(plain)
    if found is None:
        return None
    return _make(int(found[1]), int(found[2]), int(found[3]))


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
