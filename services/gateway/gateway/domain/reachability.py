"""登録の状況: how the classes of a school are registered and reached (DIR-9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from common.answers.directory import ListedGroup, ReachOfClass
from common.words import SchoolWords

# As many children as a page shows without being asked for a class.
SHOWN_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ClassStanding:
    """How a class, or the whole school, is registered; `class_id`: empty where there is none."""

    name: str
    class_id: str
    heads: int
    registered: int
    unreachable: int

    @property
    def rate(self) -> str:
        """Return how many are registered in percent: all is 100 %, nobody is 0 %, others are not.

        299 of 300 are 99 %, for the one who is missing is what the page is about.
        """
        if not self.heads:
            return ""
        percent = self.registered * 100 // self.heads
        if self.registered and not percent:
            percent = 1
        return f"{percent}%"


def standings_of(
    counted: Sequence[ReachOfClass], groups: Sequence[ListedGroup], words: SchoolWords
) -> list[ClassStanding]:
    """Return the classes with their names, in the order in which directory tells them."""
    names: Mapping[str, str] = {group["id"]: group["path"] for group in groups}
    nameless = words.say("{class}なし")
    standings = []
    for each in counted:
        class_id = each["class_id"] or ""
        standings.append(_standing_of(names.get(class_id, nameless), class_id, each))
    return standings


def _standing_of(name: str, class_id: str, counted: ReachOfClass) -> ClassStanding:
    return ClassStanding(
        name, class_id, counted["heads"], counted["registered"], counted["unreachable"]
    )


def sum_of(standings: Sequence[ClassStanding]) -> ClassStanding:
    """Return all classes together."""
    heads = sum(each.heads for each in standings)
    registered = sum(each.registered for each in standings)
    unreachable = sum(each.unreachable for each in standings)
    return ClassStanding("", "", heads, registered, unreachable)
