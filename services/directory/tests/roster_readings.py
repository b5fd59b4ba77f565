"""Rows of a roster file, and what is read of them."""

from __future__ import annotations

from collections.abc import Sequence

from workbook_files import sheet_of

from directory.domain.roster.plan import FileReading, RosterPlan, read_roster

BASIC = ("学年", "組", "出席番号", "氏名", "フリガナ", "保護者", "続柄", "メールアドレス")
HINA = ("4", "2", "14", "髙橋 陽菜", "タカハシ ヒナ", "髙橋 美穂", "母", "miho@mail.town.test")
CHILD = HINA[:5]
FATHER = ("髙橋 亮", "父", "ryo@mail.town.test")


def read(*rows: Sequence[str], **decisions: str) -> FileReading:
    return read_roster([sheet_of(rows)], decisions)


def plan_of(*rows: Sequence[str]) -> RosterPlan:
    reading = read(*rows)
    assert reading.plan is not None, reading.errors
    return reading.plan


def faults(reading: FileReading) -> list[tuple[str, str]]:
    return [(error.spot.cell, error.code) for error in reading.errors]


def guardians(plan: RosterPlan) -> list[tuple[str | None, str, list[str]]]:
    mails: dict[str, list[str]] = {}
    for point in plan.contact_points:
        mails.setdefault(point.guardian_key, []).append(point.address)
    return [(each.name, each.label, mails.get(each.key, [])) for each in plan.guardians]


BOTH = [
    ("髙橋 美穂", "母", ["miho@mail.town.test"]),
    ("髙橋 亮", "父", ["ryo@mail.town.test"]),
]
