"""What of the operation log is asked for: by whom, of which kind, on which days (ID-9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.words import SchoolWords
from gateway.domain import dates
from gateway.domain.log import ACTOR_WORDS, KIND_WORDS, actions_of

DRAFTS = "draft"


@dataclass(frozen=True, slots=True)
class LogFilter:
    """The filters as they stand in the address.

    `who`: an account's id or a kind of people; "" asks for everybody. `has_drafts`: whether what
    was done to drafts is among the rest; there is much of it and it reached nobody.
    """

    who: str = ""
    kind: str = ""
    first_day: date | None = None
    last_day: date | None = None
    has_drafts: bool = False

    @property
    def is_narrowed(self) -> bool:
        return bool(self.who or self.kind or self.first_day or self.last_day)

    def wanted(self) -> dict[str, str | list[str]]:
        """Return what identity is asked for."""
        asked: dict[str, str | list[str]] = {}
        if self.who in ACTOR_WORDS:
            asked["actor_kind"] = self.who
        elif self.who:
            asked["actor_id"] = self.who
        if self.kind:
            asked["actions"] = list(actions_of(self.kind))
        elif not self.has_drafts:
            asked["without"] = list(actions_of(DRAFTS))
        if self.first_day is not None:
            asked["first_day"] = self.first_day.isoformat()
        if self.last_day is not None:
            asked["last_day"] = self.last_day.isoformat()
        return asked

    def fields(self) -> dict[str, str]:
        """Return the filters as an address and a form carry them."""
        given = {
            "who": self.who,
            "kind": self.kind,
            "from": _written(self.first_day),
            "until": _written(self.last_day),
            "drafts": "1" if self.has_drafts else "",
        }
        return {name: value for name, value in given.items() if value}

    def say(self, account_names: Mapping[str, str], words: SchoolWords) -> str:
        """Say what is shown, for paper and for the file.

        山下 明子・名簿・令和8年11月24日（火）から
        """
        parts = []
        if self.who in ACTOR_WORDS:
            parts.append(ACTOR_WORDS[self.who])
        elif self.who:
            parts.append(account_names.get(self.who, "1人"))
        if self.kind:
            parts.append(KIND_WORDS[self.kind])
        elif not self.has_drafts:
            parts.append("下書きの記録を除く")
        if self.first_day is not None:
            first = dates.say_date(self.first_day)
            parts.append(f"{first}から")
        if self.last_day is not None:
            last = dates.say_date(self.last_day)
            parts.append(f"{last}まで")
        return words.say("・".join(parts)) or "すべて"


def read_filter(given: Mapping[str, str]) -> LogFilter:
    """Return the filters of an address or a form.

    What can't be read asks for everything, and days stand in their order.
    """
    who = given.get("who", "")
    is_somebody = who in ACTOR_WORDS or _is_id(who)
    kind = given.get("kind", "")
    first_day = _read_day(given.get("from", ""))
    last_day = _read_day(given.get("until", ""))
    if first_day is not None and last_day is not None and last_day < first_day:
        first_day, last_day = last_day, first_day
    return LogFilter(
        who=who if is_somebody else "",
        kind=kind if kind in KIND_WORDS else "",
        first_day=first_day,
        last_day=last_day,
        has_drafts=given.get("drafts") == "1",
    )


def _written(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
