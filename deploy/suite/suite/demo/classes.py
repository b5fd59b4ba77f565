"""Who sits in which class of the demo school, and those around it.

294 are in twelve classes, 3 + 3 in the two special classes.

Numbers follow the readings, around the fixed places of the difficult names. 神谷 (5-2-17) stands
outside the order on purpose: a 出席番号 is data, never computed.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, replace
from datetime import date

from suite.demo.model import Group, Pupil, PupilStatus
from suite.demo.name_pools import FAMILY_NAMES, GIVEN_NAMES, NamePart
from suite.demo.names import COMPANION_NAMES, DIFFICULT_NAMES, PlacedName

FISCAL_YEAR = 2026
ROOM_SIZES: dict[tuple[int, int], int] = {
    (1, 1): 24,
    (1, 2): 23,
    (2, 1): 25,
    (2, 2): 25,
    (3, 1): 24,
    (3, 2): 24,
    (4, 1): 26,
    (4, 2): 26,
    (5, 1): 25,
    (5, 2): 24,
    (6, 1): 24,
    (6, 2): 24,
}
SPECIAL_ROOMS: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = {
    "himawari": ("ひまわり学級", ((2, 2), (4, 1), (6, 1))),
    "tanpopo": ("たんぽぽ学級", ((1, 2), (3, 1), (5, 2))),
}
PROSPECTIVE_COUNT, GRADUATED_COUNT, TRANSFERRED_COUNT = 51, 46, 2
OUT_OF_ORDER = {(5, 2, 17)}
FORMAL_NAMES = {"グエン ティ ミン アン": "NGUYEN THI MINH ANH"}


@dataclass
class NameMaker:
    """Draw names that nobody has yet; the difficult names and their look-alikes count as taken."""

    rng: random.Random
    taken: set[tuple[str, str]]

    def full_name(self, family: NamePart) -> tuple[str, str]:
        """Return (name, kana) with a given name that neither spells nor reads like another's."""
        while True:
            given = self.rng.choice(GIVEN_NAMES)
            spelling, reading = (family.text, given.text), (family.kana, given.kana)
            if spelling not in self.taken and reading not in self.taken:
                self.taken |= {spelling, reading}
                return f"{family.text} {given.text}", f"{family.kana} {given.kana}"

    def anybody(self) -> tuple[str, str]:
        """Return (name, kana) of any family."""
        return self.full_name(self.rng.choice(FAMILY_NAMES))


def name_maker(rng: random.Random) -> NameMaker:
    """Start with the fixed names taken."""
    taken: set[tuple[str, str]] = set()
    for placed in DIFFICULT_NAMES + COMPANION_NAMES:
        for text in (placed.name, placed.kana):
            family, _, given = text.partition(" ")
            taken.add((family, given))
    return NameMaker(rng, taken)


def reading_order(kana: str) -> tuple[str, ...]:
    """Return the sorting key of a reading in 五十音順.

    The family name comes before the given one; voicing marks count only between equals.
    """
    family, _, given = kana.partition(" ")
    return _unvoiced(family), family, _unvoiced(given), given


def _unvoiced(kana: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", kana) if not unicodedata.combining(c))


def class_groups() -> tuple[Group, ...]:
    """Build the class tree: 全校, six grades with two classes each, then the special classes.

    A name is that of the node alone: 4年 and below it 2組, so that the path reads 4年2組.
    """
    whole = "class/all"
    groups = [Group(whole, "全校", "class", None, 1)]
    for grade in range(1, 7):
        groups.append(Group(f"class/{grade}", f"{grade}年", "class", whole, grade))
        groups += _rooms_of(grade)
    for position, (key, special_room) in enumerate(SPECIAL_ROOMS.items(), start=7):
        name, _joins = special_room
        groups.append(Group(f"class/{key}", name, "class", whole, position))
    return tuple(groups)


def _rooms_of(grade: int) -> list[Group]:
    parent = f"class/{grade}"
    return [Group(f"{parent}-{room}", f"{room}組", "class", parent, room) for room in (1, 2)]


def entered_on(grade: int) -> date:
    """Return the 1 April on which today's pupils of a grade entered the school."""
    return date(FISCAL_YEAR - grade + 1, 4, 1)


def _room_pupil(place: tuple[int, int, int], name: str, kana: str) -> Pupil:
    grade, room, number = place
    return Pupil(
        key=f"pupil/{grade}-{room}-{number}",
        display_name=name,
        formal_name=FORMAL_NAMES.get(name),
        kana=kana,
        status="enrolled",
        status_since=entered_on(grade),
        number=number,
        class_key=f"class/{grade}-{room}",
    )


def _gaps(anchors: list[PlacedName], size: int) -> list[tuple[str, str, list[int]]]:
    """Return for each run of free numbers the readings between which its names must lie."""
    fixed = {placed.number for placed in anchors}
    ends = []
    for placed in anchors:
        if (placed.grade, placed.room, placed.number) not in OUT_OF_ORDER:
            ends.append((placed.number, placed.kana))
    ends.append((size + 1, "ヿ"))
    ends.sort(key=lambda number_and_kana: number_and_kana[0])
    gaps = []
    low, floor = 0, ""
    for number, ceiling in ends:
        free = [n for n in range(low + 1, number) if n not in fixed]
        gaps.append((floor, ceiling, free))
        low, floor = number, ceiling
    return gaps


def _room(grade: int, room: int, maker: NameMaker) -> list[Pupil]:
    anchors = [p for p in DIFFICULT_NAMES + COMPANION_NAMES if (p.grade, p.room) == (grade, room)]
    pupils = [_room_pupil((grade, room, p.number), p.name, p.kana) for p in anchors]
    for floor, ceiling, numbers in _gaps(anchors, ROOM_SIZES[grade, room]):
        names = _names_between(floor, ceiling, len(numbers), maker)
        for number, (name, kana) in zip(sorted(numbers), names, strict=True):
            pupils.append(_room_pupil((grade, room, number), name, kana))
    return sorted(pupils, key=lambda pupil: pupil.number or 0)


def _names_between(floor: str, ceiling: str, count: int, maker: NameMaker) -> list[tuple[str, str]]:
    """Draw so many (name, kana) that are read after one reading and before another, in order."""
    between = _family_names_between(floor, ceiling)
    drawn: list[NamePart] = []
    while len(drawn) < count:
        missing = count - len(drawn)
        drawn += maker.rng.sample(between, min(len(between), missing))
    return _in_reading_order([maker.full_name(family) for family in drawn])


def _family_names_between(floor: str, ceiling: str) -> list[NamePart]:
    low = reading_order(floor)[:2]
    high = reading_order(ceiling)[:2]
    return [family for family in FAMILY_NAMES if low < reading_order(family.kana)[:2] < high]


def _in_reading_order(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(names, key=lambda name_and_kana: reading_order(name_and_kana[1]))


def _special_room(key: str, maker: NameMaker) -> list[Pupil]:
    _name, joins = SPECIAL_ROOMS[key]
    names = _in_reading_order([maker.anybody() for _ in joins])
    pupils = []
    for number, (joined_room, full_name) in enumerate(zip(joins, names, strict=True), start=1):
        grade, room = joined_room
        name, kana = full_name
        pupil = replace(
            _room_pupil((grade, room, number), name, kana),
            key=f"pupil/{key}-{number}",
            class_key=f"class/{key}",
            joined=(f"class/{grade}-{room}",),
        )
        pupils.append(pupil)
    return pupils


def enrolled_pupils(maker: NameMaker) -> list[Pupil]:
    """Build the 300 who are enrolled, class by class; free groups are joined later."""
    pupils = [pupil for grade, room in ROOM_SIZES for pupil in _room(grade, room, maker)]
    return pupils + [pupil for key in SPECIAL_ROOMS for pupil in _special_room(key, maker)]


def pupils_around(maker: NameMaker) -> list[Pupil]:
    """Build those who are not in a class: 入学予定, 転出, last year's 卒業."""
    around: list[tuple[PupilStatus, date, int]] = [
        ("prospective", date(FISCAL_YEAR, 10, 1), PROSPECTIVE_COUNT),
        ("transferred", date(FISCAL_YEAR, 7, 31), TRANSFERRED_COUNT),
        ("graduated", date(FISCAL_YEAR, 3, 31), GRADUATED_COUNT),
    ]
    pupils = []
    for status, since, count in around:
        for number in range(1, count + 1):
            name, kana = maker.anybody()
            pupil = Pupil(
                key=f"pupil/{status}-{number}",
                display_name=name,
                formal_name=None,
                kana=kana,
                status=status,
                status_since=since,
                number=None,
                class_key=None,
            )
            pupils.append(pupil)
    return pupils
