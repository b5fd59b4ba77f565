"""Lists of children as a school reads them: class by class, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from common.answers.directory import FormerClass, ListedGroup, NamedMember
from common.words import SchoolWords

# The place of somebody without a number.
LAST = 999
# No ids of classes.
NO_CLASS, STAFF = "", "staff"


class Child(TypedDict):
    """A child of a list, with whatever else the list tells of it."""

    member_id: str
    class_id: str | None


class Seated(Child):
    """A child with who it is, None for somebody whom the reader may not name."""

    person: NamedMember | None


@dataclass(frozen=True, slots=True)
class ClassList:
    """The rows of one class."""

    name: str
    rows: tuple[Seated, ...]


def by_class(
    rows: Iterable[Child],
    people: Mapping[str, NamedMember],
    groups: Sequence[ListedGroup | FormerClass],
    words: SchoolWords,
) -> list[ClassList]:
    """Return rows of children by class, in the order of the tree.

    Children whose class is gone, or who have none, come after them, and 教職員 last, by reading.
    """
    names = {group["id"]: group["path"] for group in groups}
    names |= {NO_CLASS: words.say("{class}なし"), STAFF: "教職員"}
    found: dict[str, list[Seated]] = {}
    for row in rows:
        person = people.get(row["member_id"])
        place = _place_of(row, person, names)
        in_class = found.setdefault(place, [])
        in_class.append(
            {
                **row,
                "person": person,
            }
        )
    lists = []
    for class_id, name in names.items():
        if class_id not in found:
            continue
        seated = sorted(found[class_id], key=_seat)
        lists.append(ClassList(name, tuple(seated)))
    return lists


def _place_of(row: Child, person: NamedMember | None, names: Mapping[str, str]) -> str:
    if person is not None and person["kind"] == "staff":
        return STAFF
    class_id = row["class_id"] or NO_CLASS
    return class_id if class_id in names else NO_CLASS


def _seat(row: Seated) -> tuple[int, str]:
    person = row["person"]
    if person is None:
        return LAST, ""
    return person["number"] or LAST, person["kana"] or ""
