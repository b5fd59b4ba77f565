"""What is to be written waits as JSON and comes back as what it was (DIR-2)."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import orjson

from directory.domain.roster.columns import COLUMNS, HEADINGS, PUPIL_COLUMNS, SINGLE, find_column
from directory.domain.roster.present import KEPT_FIELDS
from directory.domain.roster.steps import (
    GuardianChange,
    LabelChange,
    MemberChange,
    MemberDeletion,
    MembershipEnd,
    NewContactPoint,
    NewGroup,
    NewGuardian,
    NewGuardianship,
    NewMember,
    NewMembership,
    NewPhoneNumber,
    PointEnd,
    PointRevival,
    Steps,
    read_steps,
)
from directory.store.models import Member

TODAY = date(2026, 4, 1)
# What looks like an id is a name here, and a 管理番号 like a date.
VALUES = {
    "display_name": str(uuid4()),
    "kana": "ア",
    "number": 3,
    "management_number": "2026-04-01",
}


def one_of_each() -> Steps:
    child, guardian, room = uuid4(), uuid4(), uuid4()
    return Steps(
        groups=[
            NewGroup(room, "class", "全校", None, 1, 2026),
            NewGroup(uuid4(), "class", "4年", room, 4, 2026),
        ],
        members=[NewMember(child, "pupil", "enrolled", TODAY, VALUES)],
        guardians=[NewGuardian(guardian, None, "ja")],
        guardianships=[NewGuardianship(child, guardian, "母", 1, protected=False)],
        memberships=[NewMembership(room, child, "enrolled")],
        contact_points=[NewContactPoint(uuid4(), guardian, "mail", "a@town.test", "active")],
        phone_numbers=[NewPhoneNumber(uuid4(), child, 1, "母", "0000-00-1001")],
        member_changes=[
            MemberChange(uuid4(), {"number": 7}, "key"),
            MemberChange(uuid4(), {"management_number": None}, "key", "enrolled", TODAY, heads=1),
            MemberChange(uuid4(), {}, "key", "enrolled", TODAY, "transferred", TODAY),
        ],
        guardian_changes=[GuardianChange(guardian, "髙橋 恵")],
        label_changes=[LabelChange(child, guardian, "父")],
        point_revivals=[PointRevival(uuid4())],
        point_ends=[PointEnd(uuid4())],
        membership_ends=[MembershipEnd(room, child)],
        member_deletions=[MemberDeletion(uuid4(), 1)],
    )


def test_every_step_comes_back_from_json_as_what_it_was() -> None:
    steps = one_of_each()
    assert all(vars(steps).values()), "a kind of step is missing here"
    assert read_steps(orjson.loads(orjson.dumps(steps))) == steps


def test_who_is_new_comes_and_goes_counts_within_the_contract() -> None:
    assert one_of_each().count_more() == 1


def test_every_heading_means_one_column() -> None:
    assert len(set(HEADINGS)) == len(COLUMNS)
    for column in SINGLE:
        for word in (column.heading, *column.aliases):
            assert find_column(word) == column, word


def test_what_a_file_says_of_a_child_has_its_column_in_the_roster() -> None:
    fields = {column.field for column in PUPIL_COLUMNS}
    assert fields <= set(KEPT_FIELDS)
    assert set(KEPT_FIELDS) <= set(Member.__table__.columns.keys())
