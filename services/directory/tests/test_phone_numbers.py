"""Numbers to call: for who may see them, in their order, and looked at by name (DIR-13, MSG-18, DIR-14)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from common.bus import tables
from common.db import Database
from common.schemas import Envelope

SEES_PHONES = ("roster.see", "phones.see")


def numbers(school: Any, *names: str, headers: Any = None, **more: Any) -> dict[str, Any]:
    found = school.post("/phone-numbers/look-up", {"member_ids": school.of(*names), **more}, headers)["items"]
    by_id = {item["member_id"]: item["phone_numbers"] for item in found}
    return {name: by_id.get(school.roster.id(name)) for name in names}


def test_a_childs_numbers_stand_in_the_order_of_calling(school):
    shown = school.get(f"/members/{school.roster.id('髙橋 陽菜')}")["phone_numbers"]
    assert shown == [{"label": "母", "number": "0000-00-1001"}, {"label": "父", "number": "0000-00-1002"}]


def test_without_the_right_to_phones_no_number_is_shown(school):
    headers = school.staff("roster.see")
    assert school.get(f"/members/{school.roster.id('髙橋 陽菜')}", headers)["phone_numbers"] is None
    body = {"member_ids": school.of("髙橋 陽菜")}
    assert school.refused("POST", "/phone-numbers/look-up", headers, json=body) == (403, "not_allowed")


def test_a_list_for_calling_names_guardians_and_numbers(school):
    found = school.post("/phone-numbers/look-up", {"member_ids": school.of("高木 さくら", "髙橋 陽菜")})["items"]
    assert [[number["number"] for number in item["phone_numbers"]] for item in found] == [
        ["0000-00-1003"],
        ["0000-00-1001", "0000-00-1002"],
    ]
    assert found[1]["guardians"] == [{"label": "母", "name": "髙橋 恵", "protected": False}]


def test_a_teacher_sees_the_numbers_of_the_own_class_only(school):
    own = school.staff(*SEES_PHONES, own_only=SEES_PHONES, groups=["4-1"])
    assert numbers(school, "髙橋 陽菜", "高橋 陽菜", headers=own) == {"髙橋 陽菜": None, "高橋 陽菜": []}


@pytest.mark.parametrize("sees", [True, False])
def test_a_protected_familys_numbers_are_for_who_may_see_it(empty_school, sees):
    school = empty_school
    school.roster.guardian("守 る", ["髙橋 陽菜"], label="祖父", protected=True)
    school.load()
    headers = school.staff(*SEES_PHONES, "protected.see") if sees else school.staff(*SEES_PHONES)
    assert (numbers(school, "髙橋 陽菜", headers=headers)["髙橋 陽菜"] is not None) is sees
    found = school.post("/phone-numbers/look-up", {"member_ids": school.of("髙橋 陽菜")}, headers)["items"]
    assert {guardian["name"] for guardian in found[0]["guardians"]} == {"髙橋 恵", "守 る" if sees else None}
    assert (school.get(f"/members/{school.roster.id('髙橋 陽菜')}", headers)["phone_numbers"] is not None) is sees


def test_looking_at_a_list_is_recorded_with_the_message_it_was_for(school, database: Database):
    message_id = str(uuid4())
    numbers(school, "高木 さくら", message_id=message_id)
    with database.for_school(school.id, read_only=True) as session:
        bodies = session.scalars(sa.select(tables.outbox.c.body).where(tables.outbox.c.school_id == school.id)).all()
    payloads = [Envelope.load(body).payload for body in bodies]
    (viewed,) = [payload for payload in payloads if payload["action"] == "phones.viewed"]
    assert (viewed["target_kind"], str(viewed["target_id"]), viewed["details"]) == ("message", message_id, {"pupils": 1})
