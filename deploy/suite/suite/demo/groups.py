"""Free groups of the demo school and who joins them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import cycle

from suite.demo.classes import ROOM_SIZES, SPECIAL_ROOMS
from suite.demo.households import Family, grade_of
from suite.demo.model import Group, Pupil

DISTRICTS = ("東町", "本町", "川端町", "桜台", "緑が丘", "西台")
COLOURS = ("赤", "黄", "青")
COMMITTEES = ("運営", "放送", "図書", "保健", "給食", "飼育栽培")
CLUBS = ("サッカー", "バスケットボール", "バドミントン", "科学", "家庭科", "イラスト", "パソコン", "茶道")
CIRCLES: tuple[tuple[str, str], ...] = (
    ("brass-band", "金管バンド"),
    ("after-school", "放課後児童クラブ"),
    ("speech-room", "ことばの教室"),
    ("pta", "PTA学級委員"),
    ("run", "持久走記録会 係"),
)


def free_groups() -> tuple[Group, ...]:
    """Build the free groups in the order in which the office lists them."""
    rows = [(f"route/{d}-{n}", f"登校班 {DISTRICTS[d]}{n}班") for d in range(len(DISTRICTS)) for n in (1, 2, 3)]
    rows += [(f"district/{d}", f"{name}地区") for d, name in enumerate(DISTRICTS)]
    rows += [(f"mixed/{c}-{n}", f"縦割り班 {name}{n}") for c, name in enumerate(COLOURS) for n in (1, 2, 3, 4)]
    rows += [(f"committee/{n}", f"{name}委員会") for n, name in enumerate(COMMITTEES)]
    rows += [(f"club/{n}", f"{name}クラブ") for n, name in enumerate(CLUBS)]
    rows += [(f"circle/{key}", name) for key, name in CIRCLES]
    return tuple(Group(f"free/{key}", name, "free", None, n) for n, (key, name) in enumerate(rows, start=1))


def _per_class(pupils: Iterable[Pupil], count: int, rooms: Iterable[str], rng: random.Random) -> list[str]:
    by_class: dict[str, list[str]] = {}
    for pupil in pupils:
        by_class.setdefault(pupil.class_key or "", []).append(pupil.key)
    return [key for room in rooms for key in rng.sample(by_class[f"class/{room}"], count)]


def joined_groups(families: list[Family], rng: random.Random) -> dict[str, list[str]]:
    """Return the free groups of every pupil: siblings walk together, everybody is in one 縦割り班."""
    joined: dict[str, list[str]] = {pupil.key: [] for family in families for pupil in family}
    for number, family in enumerate(rng.sample(families, len(families))):
        district, route = number % 6, number // 6 % 3 + 1
        for pupil in family:
            joined[pupil.key] += [f"free/route/{district}-{route}", f"free/district/{district}"]
    pupils = [pupil for family in families for pupil in family]
    by_grade = sorted(pupils, key=lambda pupil: (grade_of(pupil), pupil.key))
    mixed = cycle([f"mixed/{c}-{n}" for n in (1, 2, 3, 4) for c in range(len(COLOURS))])
    committees = cycle([f"committee/{n}" for n in range(len(COMMITTEES))])
    clubs = cycle([f"club/{n}" for n in range(len(CLUBS))])
    for pupil in by_grade:
        turns = [next(mixed)]
        if grade_of(pupil) >= 5:
            turns.append(next(committees))
        if grade_of(pupil) >= 4:
            turns.append(next(clubs))
        joined[pupil.key] += [f"free/{turn}" for turn in turns]
    for key, members in _circle_members(by_grade, rng).items():
        for member in members:
            joined[member].append(f"free/circle/{key}")
    return joined


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
