"""The roster of the synthetic school.

It has grades of a thousand children, a family each, once on each channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from bench.channels import Channel
from common import clock
from directory.domain.roster.rows import Roster

GRADE_HEADS = 1000


@dataclass(frozen=True)
class Groups:
    """The groups to which messages go: everybody, and a thousand."""

    whole: UUID = field(default_factory=uuid4)
    grade: UUID = field(default_factory=uuid4)


def make_roster(groups: Groups, channels: Sequence[Channel], heads: int) -> Roster:
    """Return the rows of a school of so many children."""
    year = clock.fiscal_year(clock.today())
    grades = [groups.grade, *(uuid4() for _ in range(GRADE_HEADS, heads, GRADE_HEADS))]
    root = {
        "id": groups.whole,
        "kind": "class",
        "name": "全校",
        "parent_id": None,
        "position": 0,
        "fiscal_year": year,
    }
    below = [
        {**root, "id": grade, "name": f"{n}年", "parent_id": groups.whole, "position": n}
        for n, grade in enumerate(grades, 1)
    ]
    pupils = [uuid4() for _ in range(heads)]
    guardians = [uuid4() for _ in range(heads)]
    return Roster(
        groups=[root, *below],
        members=[_pupil(pupil, number) for number, pupil in enumerate(pupils)],
        guardians=[{"id": guardian, "name": None, "language": "ja"} for guardian in guardians],
        guardianships=[
            {
                "member_id": pupil,
                "guardian_id": guardian,
                "label": "母",
                "position": 1,
                "protected": False,
            }
            for pupil, guardian in zip(pupils, guardians, strict=True)
        ],
        contact_points=[
            _point(guardian, channel, at)
            for at, guardian in enumerate(guardians)
            for channel in channels
        ],
        memberships=[
            {"group_id": grades[at // GRADE_HEADS], "member_id": pupil, "kind": "enrolled"}
            for at, pupil in enumerate(pupils)
        ],
    )


def _pupil(pupil_id: UUID, number: int) -> dict[str, Any]:
    return {
        "id": pupil_id,
        "kind": "pupil",
        "display_name": f"髙橋 陽菜{number}",
        "formal_name": None,
        "kana": "タカハシ ヒナ",
        "number": number % GRADE_HEADS + 1,
        "management_number": None,
        "status": "enrolled",
        "status_since": clock.today(),
    }


def _point(guardian_id: UUID, channel: Channel, number: int) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "guardian_id": guardian_id,
        "member_id": None,
        "kind": channel.kind,
        "address": channel.address_of(number),
        "state": "active",
        "health": None,
    }
