"""Lists of children as a school reads them: class by class, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from common.answers.directory import ListedGroup, NamedMember

# The place of somebody without a number.
LAST = 999
NO_CLASS = ""


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
    groups: Sequence[ListedGroup],
) -> list[ClassList]:
    """Return rows of children by class, in the order of the tree.

    Who has no class (教職員) comes last, by reading.
    """
    names = {group["id"]: group["path"] for group in groups}
    found: dict[str, list[Seated]] = {}
    for row in rows:
        class_id = row["class_id"] or NO_CLASS
        if class_id not in names:
            class_id = NO_CLASS
        person = people.get(row["member_id"])
        in_class = found.setdefault(class_id, [])
        in_class.append(
            {
                **row,
                "person": person,
            }
        )
    lists = []
    for class_id in [*names, NO_CLASS]:
        if class_id in found:
            seated = sorted(found[class_id], key=_seat)
            lists.append(ClassList(names.get(class_id, ""), tuple(seated)))
    return lists


def _seat(row: Seated) -> tuple[int, str]:
    person = row["person"]
    if person is None:
        return LAST, ""
    return person["number"] or LAST, person["kana"] or ""
