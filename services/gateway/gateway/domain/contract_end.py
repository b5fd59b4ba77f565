"""The form by which an operator ends a contract: what was typed, and what is wrong (RET-1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from common.answers.retention import CalendarOut, ErasureOut

USUAL_GRACE_DAYS = 30
_DAY = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


@dataclass(frozen=True, slots=True)
class WantedEnd:
    """An end as it was typed. `ended_on`, `grace_days`: None where that is no day, no number."""

    ended_on: date | None
    grace_days: int | None

    @classmethod
    def of(cls, form: Mapping[str, str]) -> WantedEnd:
        """Read a form, however its numbers are written."""
        return cls(read_day(form.get("ended_on", "")), _read_number(form.get("grace_days", "")))

    def problem(self, today: date, starts_on: str | None) -> dict[str, str]:
        """Return what can't be, as identity names it in `end_invalid`; nothing if it can be asked.

        `starts_on`: the contract's first day, as identity tells it.
        """
        if self.ended_on is None:
            return {"ended_on": "no_day"}
        if starts_on is not None and self.ended_on < date.fromisoformat(starts_on):
            return {"ended_on": "before_start"}
        if self.grace_days is None:
            return {"grace_days": "out_of_range"}
        if self.grace_days == 0 and self.ended_on > today:
            return {"ended_on": "lies_ahead"}
        return {}


def key_of(ended_on: date | str, grace_days: int) -> str:
    """Return an end as one word of an address.

    By it a page knows whether retention has heard of the end.
    """
    return f"{ended_on}_{grace_days}"


def is_outdated(erasure: ErasureOut, awaits: str) -> bool:
    """Return whether retention still tells the days from before the end that was just given.

    `awaits`: that end; "" awaits none.
    """
    if not awaits or erasure["state"] not in ("waiting", "read_only"):
        return False
    return key_of(erasure["ended_on"], erasure["grace_days"]) != awaits


def erases_at_once(calendar: CalendarOut, today: date) -> bool:
    """Return whether nothing lies between the press of the button and the erasure.

    Then the school's name is to be typed.
    """
    return date.fromisoformat(calendar["erases_on"]) <= today


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def read_day(text: str) -> date | None:
    """Return the day that somebody typed, however it is written; None where that is no day."""
    found = _DAY.fullmatch(_plain(text))
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_number(text: str) -> int | None:
    plain = _plain(text).removesuffix("日")
    return int(plain) if re.fullmatch(r"\d{1,3}", plain) else None
