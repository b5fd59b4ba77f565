"""Numbers to call.

For who may see them, in their order, and looked at by name (DIR-13, MSG-18, DIR-14).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from directory_school import School, wait_until_held_or_done

from common.bus import tables
from common.crypto import SchoolKey
from common.db import Database
from common.schemas import Envelope
from directory.actions.phone_numbers import replace_numbers
from directory.domain.phone_numbers import Phone, put_into_places, read_phone
from directory.domain.scope import Actor
from directory.store.models import PhoneNumber

SEES_PHONES = ("roster.see", "phones.see")


def numbers(school: School, *names: str, headers: Any = None, **more: Any) -> dict[str, Any]:
    found = school.post(
        "/phone-numbers/look-up", {"member_ids": school.of(*names), **more}, headers
    )["items"]
    by_id = {item["member_id"]: item["phone_numbers"] for item in found}
    return {name: by_id.get(school.roster.id(name)) for name in names}


def test_a_childs_numbers_stand_in_the_order_of_calling(school):
    shown = school.get(f"/members/{school.roster.id('髙橋 陽菜')}")["phone_numbers"]
    assert shown == [
        {"label": "母", "number": "0000-00-1001"},
        {"label": "父", "number": "0000-00-1002"},
    ]


def test_without_the_right_to_phones_no_number_is_shown(school):
    headers = school.staff("roster.see")
    assert school.get(f"/members/{school.roster.id('髙橋 陽菜')}", headers)["phone_numbers"] is None
    body = {"member_ids": school.of("髙橋 陽菜")}
    assert school.refused("POST", "/phone-numbers/look-up", headers, json=body) == (
        403,
        "not_allowed",
    )


def test_a_list_for_calling_names_guardians_and_numbers(school):
    found = school.post(
        "/phone-numbers/look-up", {"member_ids": school.of("高木 さくら", "髙橋 陽菜")}
    )["items"]
    assert [[number["number"] for number in item["phone_numbers"]] for item in found] == [
        ["0000-00-1003"],
        ["0000-00-1001", "0000-00-1002"],
    ]
    assert found[1]["guardians"] == [{"label": "母", "name": "髙橋 恵", "protected": False}]


def test_a_teacher_sees_the_numbers_of_the_own_class_only(school):
    own = school.staff(*SEES_PHONES, own_only=SEES_PHONES, groups=["4-1"])
    assert numbers(school, "髙橋 陽菜", "高橋 陽菜", headers=own) == {
        "髙橋 陽菜": None,
        "高橋 陽菜": [],
    }


def test_a_teacher_is_told_the_guardians_of_the_own_class_only(school):
    """An id is enough to ask: names and 続柄 of other classes came back with it."""
    own = school.staff(*SEES_PHONES, own_only=SEES_PHONES, groups=["4-1"])
    children = {"member_ids": school.of("髙橋 陽菜", "高橋 陽菜")}
    whole = school.post("/phone-numbers/look-up", children)["items"]
    assert [guardian["name"] for guardian in whole[0]["guardians"]] == ["髙橋 恵"]
    elsewhere, _ = school.post("/phone-numbers/look-up", children, own)["items"]
    assert (elsewhere["guardians"], elsewhere["phone_numbers"]) == ([], None)


@pytest.mark.parametrize("sees", [True, False])
def test_a_protected_familys_numbers_are_for_who_may_see_it(empty_school, sees):
    school = empty_school
    school.roster.guardian("守 る", ["髙橋 陽菜"], label="祖父", protected=True)
    school.load()
    headers = school.staff(*SEES_PHONES, "protected.see") if sees else school.staff(*SEES_PHONES)
    assert (numbers(school, "髙橋 陽菜", headers=headers)["髙橋 陽菜"] is not None) is sees
    found = school.post("/phone-numbers/look-up", {"member_ids": school.of("髙橋 陽菜")}, headers)[
        "items"
    ]
    assert {guardian["name"] for guardian in found[0]["guardians"]} == {
        "髙橋 恵",
        "守 る" if sees else None,
    }
    assert (
        school.get(f"/members/{school.roster.id('髙橋 陽菜')}", headers)["phone_numbers"]
        is not None
    ) is sees


def test_looking_at_a_list_is_recorded_with_the_message_it_was_for(school, database: Database):
    message_id = str(uuid4())
    numbers(school, "高木 さくら", message_id=message_id)
    with database.for_school(school.id, read_only=True) as session:
        bodies = session.scalars(
            sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == school.id)
        ).all()
    payloads = [Envelope.load(body).payload for body in bodies]
    (viewed,) = [payload for payload in payloads if payload["action"] == "phones.viewed"]
    assert (viewed["target_kind"], str(viewed["target_id"]), viewed["details"]) == (
        "message",
        message_id,
        {"pupils": 1, "pupil_ids": school.of("高木 さくら")},
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("090-1234-5678", "090-1234-5678"),
        ("０９０－１２３４－５６７８", "090-1234-5678"),
        ("090ー1234ー5678", "090-1234-5678"),
        ("0120(444)113", "0120-444-113"),
        ("（0000）00－1001", "0000-00-1001"),
        ("09012345678", "09012345678"),
        ("+81 90-1234-5678", "090-1234-5678"),
        ("+81(0)3-1234-5678", "03-1234-5678"),
        ("+819012345678", "09012345678"),
        ("9012345678", "09012345678"),
        ("312345678", "0312345678"),
        ("+1 650 555 0100", "+1-650-555-0100"),
        ("母の携帯", None),
        ("090-1234-5678 母", None),
        ("090-1234-567", None),
        ("090-1234-56789", None),
        ("1234-5678", None),
        ("110", None),
        ("-", None),
    ],
)
def test_a_number_is_read_as_offices_write_it_or_refused(typed, kept):
    assert read_phone(typed) == kept


def change_numbers(school, name, *wanted, headers=None):
    body = {"phone_numbers": [{"number": number, "label": label} for number, label in wanted]}
    return school.call(
        "PUT", f"/members/{school.roster.id(name)}/phone-numbers", headers, json=body
    )


def test_an_office_changes_a_childs_numbers_and_the_log_says_whose(school, database: Database):
    answer = change_numbers(
        school, "髙橋 陽菜", ("０９０-1234-5678", "祖母"), ("0000-00-1001", "母")
    )
    assert answer.status_code == 204
    shown = school.get(f"/members/{school.roster.id('髙橋 陽菜')}")["phone_numbers"]
    assert shown == [
        {"label": "祖母", "number": "090-1234-5678"},
        {"label": "母", "number": "0000-00-1001"},
    ]
    with database.for_school(school.id, read_only=True) as session:
        bodies = session.scalars(
            sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == school.id)
        ).all()
    (told,) = [
        p
        for p in (Envelope.load(body).payload for body in bodies)
        if p["action"] == "phones.changed"
    ]
    assert (told["target_kind"], str(told["target_id"])) == (
        "member",
        school.roster.id("髙橋 陽菜"),
    )
    assert told["details"] == {"count": 2}, "never a number"
    assert change_numbers(school, "髙橋 陽菜").status_code == 204
    assert school.get(f"/members/{school.roster.id('髙橋 陽菜')}")["phone_numbers"] == []


def test_two_who_save_a_childs_numbers_at_once_leave_one_list(school, database: Database):
    member_id = UUID(school.roster.id("高橋 陽菜"))
    actor, key = Actor(school.id, "staff", uuid4()), SchoolKey(school.id, school.id.bytes * 2)
    mine = [Phone("0000-00-1001", "母"), Phone("0000-00-1002", "父"), Phone("0000-00-1003", "祖母")]
    with ThreadPoolExecutor(1) as pool:
        with database.for_school(school.id) as session:
            replace_numbers(session, actor, key, member_id, mine)
            other = pool.submit(
                change_numbers, school, "高橋 陽菜", ("0000-00-1004", "母"), ("0000-00-1005", "父")
            )
            wait_until_held_or_done(database, other)
        assert other.result().status_code == 204
    shown = school.get(f"/members/{member_id}")["phone_numbers"]
    assert [each["number"] for each in shown] == ["0000-00-1004", "0000-00-1005"], (
        "the later of the two lists, whole"
    )


def test_no_number_stands_plain_in_the_database(school, database: Database):
    change_numbers(school, "髙橋 陽菜", ("090-1234-5678", "母"))
    with database.for_system(read_only=True) as session:
        stored = session.scalars(
            sa.select(PhoneNumber.number).where(PhoneNumber.school_id == school.id)
        ).all()
    assert stored
    assert not any(b"1234" in bytes(number) for number in stored)


def test_what_is_no_number_is_refused_and_the_old_ones_stay(school):
    answer = change_numbers(school, "髙橋 陽菜", ("母の携帯", "母"))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "phone_unreadable")
    four = [(f"0000-00-100{n}", "母") for n in range(4)]
    assert change_numbers(school, "髙橋 陽菜", *four).json["error"]["code"] == "phones_too_many"
    assert (
        change_numbers(school, "野口 大輔", ("0000-00-1001", "")).json["error"]["code"]
        == "phones_of_pupils_only"
    )
    assert len(school.get(f"/members/{school.roster.id('髙橋 陽菜')}")["phone_numbers"]) == 2


def test_numbers_are_changed_only_by_who_sees_them_there(school):
    number = ("0000-00-1009", "母")
    for functions in (("roster.see", "phones.see"), ("roster.see", "roster.change")):
        assert (
            change_numbers(
                school, "髙橋 陽菜", number, headers=school.staff(*functions)
            ).status_code
            == 403
        )
    elsewhere = school.staff("roster.change", *SEES_PHONES, own_only=SEES_PHONES, groups=["5-1"])
    assert change_numbers(school, "髙橋 陽菜", number, headers=elsewhere).status_code == 403
    assert change_numbers(school, "髙橋 蓮", number, headers=elsewhere).status_code == 204


def test_an_empty_place_of_a_file_changes_nothing_and_a_number_stands_once():
    one, two, three = (
        Phone("0000-00-1001", "母"),
        Phone("0000-00-1002", "父"),
        Phone("0000-00-1003"),
    )
    assert put_into_places([one, two], {}) == [one, two]
    assert put_into_places([one, two], {2: three}) == [one, two, three]
    assert put_into_places([one, two], {1: three}) == [one, three]
    assert put_into_places([], {2: one}) == [one]
    assert put_into_places([one, two], {0: three, 1: three}) == [three, two]


def test_a_number_that_moves_pushes_the_other_behind_and_erases_none():
    mother, father, work = (
        Phone("0000-00-1001", "母"),
        Phone("0000-00-1002", "父"),
        Phone("0000-00-1003", "勤務先"),
    )
    new = Phone("0000-00-1009")
    assert put_into_places([mother, father], {0: Phone("0000001002")}) == [
        Phone("0000001002", "父"),
        mother,
    ]
    assert put_into_places([mother, father, work], {0: work}) == [work, father, mother]
    assert put_into_places([mother, father, work], {0: father, 1: work}) == [father, work, mother]
    assert put_into_places([mother, father], {1: mother}) == [father, mother]
    assert put_into_places([mother, father], {0: father, 1: new}) == [father, new, mother]
    assert put_into_places([mother, father, work], {0: father, 1: new}) == [father, new, work], (
        "a child has three at most"
    )
