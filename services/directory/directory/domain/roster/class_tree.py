"""The class tree that a roster file's children need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from directory.domain.names import fold_for_search
from directory.domain.roster.cells import grade_order, is_special_room, room_order
from directory.domain.roster.plan import PlannedClass
from directory.domain.tree import WHOLE_SCHOOL

ROOT_KEY = "class/all"


def class_key_of(grade: str, room: str) -> str:
    """Return the file-local key of a class, empty for none: class/4年2組, class/ひまわり学級."""
    if is_special_room(room):
        return f"class/{fold_for_search(room)}"
    return f"class/{grade}{fold_for_search(room)}" if grade else ""


def class_tree(rooms: Mapping[str, tuple[str, str]]) -> Iterator[PlannedClass]:
    """Yield 全校, then each grade with its classes, then the classes beside the grades.

    `rooms`: key of a class → its grade and room.
    """
    yield PlannedClass(ROOT_KEY, WHOLE_SCHOOL, None, 1)
    grades = _group_by_grade(rooms)
    in_order = sorted(grades, key=grade_order)
    for position, grade in enumerate(in_order, start=1):
        key = class_key_of(grade, "")
        yield PlannedClass(
            key,
            grade,
            ROOT_KEY,
            position,
        )
        yield from _below_grade(key, grades[grade], rooms)
    beside = [key for key, (_, room) in rooms.items() if is_special_room(room)]
    behind_grades = len(grades) + 1
    yield from _line_up(
        sorted(beside),
        rooms,
        ROOT_KEY,
        first=behind_grades,
    )


def _below_grade(
    grade_key: str, keys: set[str], rooms: Mapping[str, tuple[str, str]]
) -> Iterator[PlannedClass]:
    def order(key: str) -> tuple[int, str]:
        _, room = rooms[key]
        return room_order(room)

    in_order = sorted(keys, key=order)
    yield from _line_up(in_order, rooms, grade_key, first=1)


def _line_up(
    keys: Iterable[str], rooms: Mapping[str, tuple[str, str]], parent: str, *, first: int
) -> Iterator[PlannedClass]:
    for position, key in enumerate(keys, start=first):
        yield PlannedClass(key, rooms[key][1], parent, position)


def _group_by_grade(rooms: Mapping[str, tuple[str, str]]) -> dict[str, set[str]]:
    """Return grade → the keys of its classes, without those that stand beside the grades."""
    grades: dict[str, set[str]] = {}
    for key, (grade, room) in rooms.items():
        if grade and not is_special_room(room):
            classes = grades.setdefault(grade, set())
            if room:
                classes.add(key)
    return grades
