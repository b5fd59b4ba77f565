"""Families told by phone or on paper, ticked by name (MSG-18)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from messaging_house import House, MakePupils

CALLER = ("messages.read", "phones.see")


def tick(house: House, message_id: UUID, members: list[Any], **more: Any) -> Any:
    body = {
        "member_ids": [str(member.member_id) for member in members],
        "told_by_name": "山下 明子",
        **more,
    }
    return house.client.post(f"/messages/{message_id}/told", json=body, headers=house.staff(CALLER))


def counts_of(house: House, message_id: UUID) -> dict[str, int]:
    return dict(house.get(f"/messages/{message_id}/progress")["counts"])


def test_who_was_told_by_phone_counts_as_confirmed_and_leaves_the_list_of_calls(
    house: House, make_pupils: MakePupils
) -> None:
    members = make_pupils(2)
    message_id = house.send(members)
    house.hear(house.settled(message_id, nothing=[member.member_id for member in members]))
    assert len(house.get("/messages/unreached")["items"]) == 2

    [told] = tick(house, message_id, members[:1]).json["items"]
    assert (told["told_by_name"], told["told_how"], told["already"]) == (
        "山下 明子",
        "phone",
        False,
    )
    assert counts_of(house, message_id) | {"unreached": 1, "confirmed": 1, "told": 1} == counts_of(
        house, message_id
    )
    [left] = house.get("/messages/unreached")["items"]
    assert left["member_id"] == str(members[1].member_id)
    [record] = [
        e for e in house.said("operation.recorded") if e.payload["action"] == "message.told"
    ]
    assert record.payload["details"] == {"children": 1, "member_ids": [str(members[0].member_id)]}


def test_of_two_who_tick_the_first_is_named(house: House, make_pupils: MakePupils) -> None:
    members = make_pupils(1)
    message_id = house.send(members)
    tick(house, message_id, members)
    [told] = tick(house, message_id, members, told_by_name="中野 正", told_how="paper").json[
        "items"
    ]
    assert (told["told_by_name"], told["told_how"], told["already"]) == ("山下 明子", "phone", True)
    actions = [event.payload["action"] for event in house.said("operation.recorded")]
    assert actions.count("message.told") == 1


def test_a_tick_is_taken_back_and_stands_in_the_log(house: House, make_pupils: MakePupils) -> None:
    members = make_pupils(1)
    message_id = house.send(members)
    house.hear(house.settled(message_id, nothing=[members[0].member_id]))
    tick(house, message_id, members)
    body = {"member_ids": [str(members[0].member_id)]}
    path = f"/messages/{message_id}/told/withdraw"
    assert house.client.post(path, json=body, headers=house.staff(CALLER)).json == {"children": 1}
    assert house.client.post(path, json=body, headers=house.staff(CALLER)).json == {"children": 0}
    assert counts_of(house, message_id)["unreached"] == 1
    actions = [event.payload["action"] for event in house.said("operation.recorded")]
    assert actions.count("message.told_withdrawn") == 1


def test_a_press_and_a_tick_count_once_and_the_press_is_no_tick(
    house: House, make_pupils: MakePupils
) -> None:
    members = make_pupils(1)
    message_id = house.send(members)
    tick(house, message_id, members)
    token = house.link(message_id, members[0].guardian_ids[0])
    house.client.post(f"/readings/{token}/confirm", headers=house.service("gateway"))
    found = counts_of(house, message_id)
    assert (found["confirmed"], found["told"]) == (1, 0)


def test_nobody_ticks_for_children_of_other_classes_or_for_a_draft(
    house: House, make_pupils: MakePupils
) -> None:
    mine, theirs = uuid4(), uuid4()
    own, other = make_pupils(1, class_id=mine), make_pupils(1, class_id=theirs)
    message_id = house.send(own + other)
    teacher = house.staff(CALLER, own_only=CALLER, groups=[mine], account_id=uuid4())
    body = {
        "member_ids": [str(member.member_id) for member in own + other],
        "told_by_name": "野口 大輔",
    }
    path = f"/messages/{message_id}/told"
    answered = house.client.post(path, json=body, headers=teacher).json["items"]
    assert [item["member_id"] for item in answered] == [str(own[0].member_id)]
    assert (
        house.client.post(path, json=body, headers=house.staff(["messages.read"])).status_code
        == 403
    )
    assert (
        house.client.post(
            path, json=body, headers=house.staff(CALLER, school_id=uuid4())
        ).status_code
        == 404
    )
    draft = house.draft()["id"]
    refused = house.client.post(f"/messages/{draft}/told", json=body, headers=house.staff(CALLER))
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "not_being_sent")


def test_nobody_ticks_in_the_days_in_which_a_school_only_looks(
    house: House, make_pupils: MakePupils
) -> None:
    members = make_pupils(1)
    message_id = house.send(members)
    house.town.school = replace(house.town.school, state="ended")
    refused = tick(house, message_id, members)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "contract_ended")
