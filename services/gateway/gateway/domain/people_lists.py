"""Lists of children as a school reads them: class by class, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The place of somebody without a number.
LAST = 999


@dataclass(frozen=True, slots=True)
class ClassList:
    """The rows of one class.

    `person` in each is who it is, None for somebody whom the reader may not name.
    """

    name: str
    rows: tuple[dict[str, Any], ...]


def by_class(
    rows: Iterable[Mapping[str, Any]],
    people: Mapping[str, Mapping[str, Any]],
    groups: Sequence[Mapping[str, Any]],
) -> list[ClassList]:
    """Return rows of children by class, in the order of the tree.

    Who has no class (教職員) comes last, by reading.
    """
    names = {group["id"]: group["path"] for group in groups}
    found: dict[str | None, list[dict[str, Any]]] = {}
    for row in rows:
        class_id = row["class_id"]
        if class_id not in names:
            class_id = None
        person = people.get(row["member_id"])
        found.setdefault(class_id, []).append({**row, "person": person})
    lists = []
    for class_id in [*names, None]:
        if class_id in found:
            seated = sorted(found[class_id], key=_seat)
            lists.append(ClassList(names.get(class_id, ""), tuple(seated)))
    return lists


def _seat(row: Mapping[str, Any]) -> tuple[int, str]:
    person = row["person"] or {}
    return person.get("number") or LAST, person.get("kana") or ""
