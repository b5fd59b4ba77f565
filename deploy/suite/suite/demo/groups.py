"""Free groups of the demo school and who joins them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import cycle

from suite.demo.classes import ROOM_SIZES, SPECIAL_ROOMS
from suite.demo.households import Family, grade_of
from suite.demo.model import Group, Pupil

DISTRICTS = ("東町", "本町", "川端町", "桜台", "緑が丘", "西台")
COLOURS = ("赤", "黄", "青")
COMMITTEES = ("運営", "放送", "図書", "保健", "給食", "飼育栽培")
CLUBS = (
    "サッカー",
    "バスケットボール",
    "バドミントン",
    "科学",
    "家庭科",
    "イラスト",
    "パソコン",
    "茶道",
)
CIRCLES: tuple[tuple[str, str], ...] = (
    ("brass-band", "金管バンド"),
    ("after-school", "放課後児童クラブ"),
    ("speech-room", "ことばの教室"),
    ("pta", "PTA学級委員"),
    ("run", "持久走記録会 係"),
)


def free_groups() -> tuple[Group, ...]:
    """Build the free groups in the order in which the office lists them."""
    groups: list[Group] = []
    for key, name in _listed_groups():
        position = len(groups) + 1
        groups.append(Group(f"free/{key}", name, "free", None, position))
    return tuple(groups)


def _listed_groups() -> Iterator[tuple[str, str]]:
    """Yield (key below `free/`, name)."""
    for district, name in enumerate(DISTRICTS):
        for route in (1, 2, 3):
            yield (
                f"route/{district}-{route}",
                f"登校班 {name}{route}班",
            )
    for district, name in enumerate(DISTRICTS):
        yield (
            f"district/{district}",
            f"{name}地区",
        )
    for colour, name in enumerate(COLOURS):
        for number in (1, 2, 3, 4):
            yield (
                f"mixed/{colour}-{number}",
                f"縦割り班 {name}{number}",
            )
    for committee, name in enumerate(COMMITTEES):
        yield (
            f"committee/{committee}",
            f"{name}委員会",
        )
    for club, name in enumerate(CLUBS):
        yield (
            f"club/{club}",
            f"{name}クラブ",
        )
    for circle, name in CIRCLES:
        yield f"circle/{circle}", name


def joined_groups(families: list[Family], rng: random.Random) -> dict[str, list[str]]:
    """Return the free groups of every pupil: siblings walk together, all are in a 縦割り班."""
    pupils = [pupil for family in families for pupil in family]
    joined: dict[str, list[str]] = {pupil.key: [] for pupil in pupils}
    _join_districts(joined, families, rng)
    by_grade = sorted(pupils, key=lambda pupil: (grade_of(pupil), pupil.key))
    _join_in_turn(joined, by_grade)
    for circle, members in _circle_members(by_grade, rng).items():
        for member in members:
            joined[member].append(f"free/circle/{circle}")
    return joined


def _join_districts(
    joined: dict[str, list[str]], families: list[Family], rng: random.Random
) -> None:
    """Let each family live in a district and walk to school with one of its 登校班."""
    for number, family in enumerate(rng.sample(families, len(families))):
        district = number % 6
        route = number // 6 % 3 + 1
        for pupil in family:
            joined[pupil.key].append(f"free/route/{district}-{route}")
            joined[pupil.key].append(f"free/district/{district}")


def _join_in_turn(joined: dict[str, list[str]], by_grade: list[Pupil]) -> None:
    """Deal the pupils round to 縦割り班, from 4th grade to clubs, from 5th to committees."""
    mixed = cycle(_mixed_groups())
    committees = cycle(_numbered_groups("committee", COMMITTEES))
    clubs = cycle(_numbered_groups("club", CLUBS))
    for pupil in by_grade:
        grade = grade_of(pupil)
        mine = joined[pupil.key]
        mine.append(next(mixed))
        if grade >= 5:
            mine.append(next(committees))
        if grade >= 4:
            mine.append(next(clubs))


def _mixed_groups() -> list[str]:
    """List the keys of the 縦割り班, one of each colour in turn."""
    return [f"free/mixed/{c}-{n}" for n in (1, 2, 3, 4) for c in range(len(COLOURS))]


def _numbered_groups(kind: str, names: tuple[str, ...]) -> list[str]:
    return [f"free/{kind}/{number}" for number in range(len(names))]


def _circle_members(pupils: list[Pupil], rng: random.Random) -> dict[str, list[str]]:
    upper = [pupil.key for pupil in pupils if grade_of(pupil) >= 4]
    lower = [pupil.key for pupil in pupils if grade_of(pupil) <= 3]
    rooms = [f"{grade}-{room}" for grade, room in ROOM_SIZES]
    return {
        "brass-band": rng.sample(upper, 31),
        "after-school": rng.sample(lower, 62),
        "speech-room": rng.sample(lower, 5),
        "pta": _per_class(pupils, 2, [*rooms, *SPECIAL_ROOMS], rng),
        "run": _per_class(pupils, 1, rooms, rng),
    }


def _per_class(
    pupils: Iterable[Pupil], count: int, rooms: Iterable[str], rng: random.Random
) -> list[str]:
    by_class: dict[str, list[str]] = {}
    for pupil in pupils:
        by_class.setdefault(pupil.class_key or "", []).append(pupil.key)
    return [key for room in rooms for key in rng.sample(by_class[f"class/{room}"], count)]
