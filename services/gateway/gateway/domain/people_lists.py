"""Lists of children as a school reads them: class by class, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LAST = 999  # the place of somebody without a number


@dataclass(frozen=True, slots=True)
class ClassList:
    """The rows of one class; `person` in each is who it is, None for somebody whom the reader may not name."""

    name: str
    rows: tuple[dict[str, Any], ...]


def by_class(
    rows: Iterable[Mapping[str, Any]],
    people: Mapping[str, Mapping[str, Any]],
    groups: Sequence[Mapping[str, Any]],
) -> list[ClassList]:
    """Return rows of children by class in the order of the tree; who has no class (教職員) comes last, by reading."""
    place = {group["id"]: index for index, group in enumerate(groups)}
    names = {group["id"]: group["path"] for group in groups}
    found: dict[str | None, list[dict[str, Any]]] = {}
    for row in rows:
        class_id = row["class_id"] if row["class_id"] in place else None
        found.setdefault(class_id, []).append({**row, "person": people.get(row["member_id"])})
    ordered = sorted(found, key=lambda class_id: place.get(class_id or "", len(place)))
    return [ClassList(names.get(class_id or "", ""), tuple(sorted(found[class_id], key=_seat))) for class_id in ordered]


def _seat(row: Mapping[str, Any]) -> tuple[int, str]:
    person = row["person"] or {}
    return person.get("number") or LAST, person.get("kana") or ""
