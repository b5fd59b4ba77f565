"""The change of the school year in words (DIR-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from common.answers.directory import YearLine, YearNoted, YearShown
from common.answers.identity import ListedAccountOut
from common.clock import JST
from gateway.domain.dates import as_day, say_written_moment, say_year

# The tabs of the page: 進級, 卒業, 新入学.
OUTCOME_WORDS: Mapping[str, str] = {
    "moves": "進級",
    "graduates": "卒業",
    "enters": "新入学",
}
NO_PLACE = "―"


def say_fiscal_year(year: int) -> str:
    """Say a school year: 令和9年度 for 2027."""
    first_day = date(year, 4, 1)
    return f"{say_year(first_day)}度"


def first_moment(year: int) -> datetime:
    """Return the moment at which a school year begins: 1 April, 0:00 in Japan."""
    return datetime(year, 4, 1, tzinfo=JST)


@dataclass(frozen=True, slots=True)
class TypedMoment:
    """A day and a time of day as they were typed."""

    day: str
    hour: str

    @classmethod
    def usual(cls, year: int) -> TypedMoment:
        """Return 1 April, 0:00."""
        return cls(f"{year}-04-01", "00:00")

    def read(self) -> str | None:
        """Return the moment as directory takes it; None for what is none."""
        try:
            moment = datetime.combine(as_day(self.day), time.fromisoformat(self.hour), JST)
        except ValueError:
            return None
        return moment.isoformat()


def read_place(form: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what was chosen for a child; None where the rule is to say it."""
    chosen = form.get("place", "")
    if chosen == "rule":
        return None
    if chosen == "graduates":
        return {"graduates": True}
    typed = form.get("number", "").strip()
    number = int(typed) if typed.isdecimal() else None
    group_id = form.get("group") or None
    return {"group_id": group_id, "number": number}


def say_seat(class_name: str | None, number: int | None) -> str:
    """Say a seat: 4年2組 14番; ― for who has none."""
    if not class_name:
        return NO_PLACE
    return class_name if number is None else f"{class_name} {number}番"


def say_from(line: YearLine) -> str:
    """Say where a child is now."""
    return say_seat(line["from_class"], line["from_number"])


def say_to(line: YearLine) -> str:
    """Say where a child will be."""
    if line["outcome"] == "graduates":
        return OUTCOME_WORDS["graduates"]
    return say_seat(line["to_class"], line["number"])


def is_ready(year: YearShown) -> bool:
    """Return whether nothing holds up the turn of a year."""
    return year["state"] in ("draft", "scheduled") and not year["clashes"]


def list_without_class(
    accounts: Iterable[ListedAccountOut], classes: Iterable[str], groups: Iterable[str]
) -> list[ListedAccountOut]:
    """Return who is limited to own classes and has none in the next year.

    `classes`: those of the next year; `groups`: the groups that go on.
    """
    in_reach = {*classes, *groups}
    return [
        account
        for account in accounts
        if account["scope"] == "own" and in_reach.isdisjoint(account["group_ids"])
    ]


# From November on an office thinks of the next year.
PLANNED_FROM = 11


def say_on_board(year: YearNoted | None, today: date) -> str:
    """Return what the home page says of the next year; nothing where there is no need."""
    if year is None:
        return ""
    named = say_fiscal_year(year["fiscal_year"])
    first_day = date(year["fiscal_year"], 4, 1)
    days = (first_day - today).days
    if year["refused"]:
        return f"{named}に切り替えられませんでした。理由を確かめてください。"
    if year["state"] == "scheduled" and year["starts_at"]:
        return f"{say_written_moment(year['starts_at'])}に、{named}に切り替わります。"
    if days <= 0:
        return f"まだ昨年度の{{class}}のままです。{named}に切り替えてください。"
    if year["state"] == "draft":
        return f"{named}の下書きがあります（あと {days}日）。"
    is_near = today.month >= PLANNED_FROM or today.month < first_day.month
    return f"年度末の準備：{named}の下書きを作れます（あと {days}日）。" if is_near else ""


def by_class(lines: Sequence[YearLine]) -> list[tuple[str, list[YearLine]]]:
    """Return lines under the class that each comes from, in their order."""
    found: dict[str, list[YearLine]] = {}
    for line in lines:
        found.setdefault(line["from_class"] or NO_PLACE, []).append(line)
    return list(found.items())
