"""A school's own categories, at the door (MSG-3)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from messaging_house import House, MakePupils

EDITS = ("messages.read", "catalogue.edit")
EVENT = {"name": "学校行事", "mark": "行", "colour": "green"}
HEALTH = {"name": "保健", "mark": "保", "colour": "orange"}
LUNCH = {"name": "給食", "mark": "食", "colour": "brown"}


def put(house: House, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Set the list as the operator does."""
    operator = house.service("operator", house.school_id)
    answer = house.client.put("/categories", json={"items": items}, headers=operator)
    assert answer.status_code == 200, answer.json
    return list(answer.json["items"])


def add(house: House, content: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    return house.client.post("/categories", json=content, headers=headers or house.staff(EDITS))


def change(house: House, category: dict[str, Any], **content: Any) -> Any:
    """Change a category as who has read it as it is here."""
    kept = {name: category[name] for name in ("name", "mark", "colour", "version")}
    path = f"/categories/{category['id']}"
    return house.client.patch(path, json={**kept, **content}, headers=house.staff(EDITS))


def press(house: House, category: dict[str, Any], verb: str, **body: Any) -> Any:
    path = f"/categories/{category['id']}/{verb}"
    return house.client.post(path, json=body or None, headers=house.staff(EDITS))


def names(house: House) -> list[str]:
    """Return the categories in use, in order."""
    listed = house.get("/categories")["items"]
    return [each["name"] for each in listed if each["retired_at"] is None]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def operations(house: House) -> list[str]:
    return [event.payload["action"] for event in house.said("operation.recorded")]


def file(house: House, message_id: Any, new: str | None, old: str | None, **who: Any) -> Any:
    path = f"/messages/{message_id}/category"
    headers = who.get("headers") or house.staff()
    return house.client.put(path, json={"category_id": new, "instead_of": old}, headers=headers)


def test_a_category_is_added_at_the_end_and_the_log_says_so(any_house: House) -> None:
    for content in (EVENT, HEALTH):
        added = add(any_house, content)
        assert added.status_code == 201
    assert names(any_house) == ["学校行事", "保健"]
    assert added.json["version"] == 1
    assert operations(any_house) == ["category.created", "category.created"]


def test_the_list_that_the_operator_sets_deletes_nothing(any_house: House) -> None:
    """A renamed category was deleted, and its messages lost it."""
    event = put(any_house, [EVENT, LUNCH])[0]
    draft = any_house.draft(category_id=event["id"])
    put(any_house, [HEALTH, {**EVENT, "id": event["id"], "name": "行事"}])
    assert names(any_house) == ["保健", "行事"]
    assert any_house.get(f"/messages/{draft['id']}")["category_id"] == event["id"]
    assert "給食" in [each["name"] for each in any_house.get("/categories")["items"]]


def test_a_renamed_category_stays_the_one_of_its_messages(
    any_house: House, make_pupils: MakePupils
) -> None:
    event = add(any_house, EVENT).json
    sent = any_house.send(make_pupils(1), category_id=event["id"])
    renamed = change(any_house, event, name="行事", colour="blue")
    assert (renamed.json["name"], renamed.json["version"]) == ("行事", 2)
    assert any_house.get(f"/messages/{sent}")["category_id"] == event["id"]
    [changed] = [
        each.payload["details"]
        for each in any_house.said("operation.recorded")
        if each.payload["action"] == "category.changed"
    ]
    assert sorted(changed["fields"]) == ["colour", "name"]


def test_who_read_an_older_category_overwrites_nothing(any_house: House) -> None:
    event = add(any_house, EVENT).json
    assert change(any_house, event, name="行事").status_code == 200
    assert code(change(any_house, event, colour="red")) == (409, "changed_meanwhile")
    assert names(any_house) == ["行事"]
    again = change(any_house, event, name="行事")
    assert (again.status_code, again.json["version"]) == (200, 2), "an answer that was lost"


def test_no_two_categories_are_called_the_same(any_house: House) -> None:
    event, health = add(any_house, EVENT).json, add(any_house, HEALTH).json
    assert code(add(any_house, EVENT)) == (409, "category_taken")
    assert code(change(any_house, health, name="学校行事")) == (409, "category_taken")
    press(any_house, event, "retire")
    assert code(add(any_house, EVENT)) == (409, "category_retired")


def test_two_who_add_one_name_at_once_are_told(house: House) -> None:
    together = threading.Barrier(2)

    def one(_: int) -> int:
        together.wait()
        return int(add(house, EVENT).status_code)

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(one, range(2))) == [201, 409]
    assert names(house) == ["学校行事"]


def test_a_category_changes_places_with_its_neighbour_in_use(any_house: House) -> None:
    event, health, lunch = (add(any_house, each).json for each in (EVENT, HEALTH, LUNCH))
    press(any_house, health, "retire")
    assert press(any_house, lunch, "move", up=True).status_code == 204
    assert names(any_house) == ["給食", "学校行事"]
    press(any_house, lunch, "move", up=True)
    press(any_house, event, "move", up=False)
    assert names(any_house) == ["給食", "学校行事"], "at the ends they stay"
    assert operations(any_house).count("category.moved") == 1


def test_two_who_reorder_at_once_lose_nothing(house: House) -> None:
    """Each press is a swap with the neighbour of that moment: no list overwrites another."""
    added = [add(house, {**EVENT, "name": f"行事{number}"}).json for number in range(4)]
    together = threading.Barrier(4)

    def one(category: dict[str, Any]) -> int:
        together.wait()
        return int(press(house, category, "move", up=True).status_code)

    with ThreadPoolExecutor(4) as people:
        assert set(people.map(one, added)) == {204}
    listed = house.get("/categories")["items"]
    assert sorted(each["name"] for each in listed) == [f"行事{number}" for number in range(4)]
    assert [each["position"] for each in listed] == [0, 1, 2, 3]


def test_a_retired_category_stays_on_its_messages_and_is_chosen_no_more(
    any_house: House, make_pupils: MakePupils
) -> None:
    event = add(any_house, EVENT).json
    sent = any_house.send(make_pupils(1), category_id=event["id"])
    draft = any_house.draft(category_id=event["id"])
    assert press(any_house, event, "retire").json["retired_at"] is not None
    assert any_house.get(f"/messages/{sent}")["category_id"] == event["id"]
    found = any_house.get("/messages", query_string={"category_id": event["id"], "state": "sent"})
    assert [each["id"] for each in found["items"]] == [str(sent)]
    new = {"subject": "運動会", "body": "本文", "category_id": event["id"]}
    refused = any_house.client.post("/messages", json=new, headers=any_house.staff())
    assert code(refused) == (422, "category_unknown")
    typed = {"version": 1, "category_id": event["id"], "body": "書きかけ"}
    path = f"/messages/{draft['id']}"
    kept = any_house.client.patch(path, json=typed, headers=any_house.staff())
    assert kept.status_code == 200, "a draft that has it is saved on"
    press(any_house, event, "restore")
    assert names(any_house) == ["学校行事"]


def test_a_sent_message_is_filed_under_another_category(
    any_house: House, make_pupils: MakePupils
) -> None:
    event, health = add(any_house, EVENT).json["id"], add(any_house, HEALTH).json["id"]
    mother = uuid4()
    sent = any_house.send(make_pupils(1), category_id=event)
    assert file(any_house, sent, health, event).json["category_id"] == health
    assert file(any_house, sent, health, event).status_code == 200, "twice is the same as once"
    assert code(file(any_house, sent, None, event)) == (409, "changed_meanwhile")
    assert code(file(any_house, sent, str(mother), health)) == (422, "category_unknown")
    assert file(any_house, sent, None, health).json["category_id"] is None
    filed = [
        each.payload["details"]
        for each in any_house.said("operation.recorded")
        if each.payload["action"] == "message.filed"
    ]
    assert filed == [
        {"category_id": health, "former_id": event},
        {"category_id": None, "former_id": health},
    ]


def test_a_draft_is_filed_with_its_text(house: House) -> None:
    event = add(house, EVENT).json["id"]
    assert code(file(house, house.draft()["id"], event, None)) == (409, "not_sent_yet")


def test_who_sends_to_own_classes_files_own_messages_only(
    house: House, make_pupils: MakePupils
) -> None:
    event, mine = add(house, EVENT).json["id"], uuid4()
    sent = house.send(make_pupils(1, class_id=mine))
    colleague = house.sender([mine], account_id=uuid4())
    assert code(file(house, sent, event, None, headers=colleague)) == (403, "not_own_message")
    reader = house.staff(["messages.read"])
    assert file(house, sent, event, None, headers=reader).status_code == 403


def test_a_family_reads_what_a_message_is_filed_under_now(
    house: House, make_pupils: MakePupils
) -> None:
    event = add(house, EVENT).json
    [family] = make_pupils(1)
    sent = house.send([family], category_id=event["id"])
    link = house.link(sent, family.guardian_ids[0])
    change(house, event, name="行事")
    reading = house.get(f"/readings/{link}", headers=house.service("gateway"))
    assert reading["category"] == {"name": "行事", "mark": "行", "colour": "green"}
    file(house, sent, None, event["id"])
    assert house.get(f"/readings/{link}", headers=house.service("gateway"))["category"] is None


def test_the_categories_of_another_school_are_out_of_reach(house: House) -> None:
    event = add(house, EVENT).json
    stranger = house.staff(EDITS, school_id=uuid4())
    assert house.get("/categories", headers=stranger)["items"] == []
    path = f"/categories/{event['id']}"
    for verb in ("move", "retire", "restore"):
        answer = house.client.post(f"{path}/{verb}", json={"up": True}, headers=stranger)
        assert code(answer) == (404, "category_not_found")
    answer = house.client.patch(path, json={**EVENT, "version": 1}, headers=stranger)
    assert code(answer) == (404, "category_not_found")


def test_categories_are_set_up_by_who_has_the_right(house: House) -> None:
    event = add(house, EVENT).json
    sender = house.staff(["messages.read", "messages.send"])
    assert add(house, HEALTH, sender).status_code == 403
    for verb in ("move", "retire", "restore"):
        path = f"/categories/{event['id']}/{verb}"
        assert house.client.post(path, json={"up": True}, headers=sender).status_code == 403
    assert (
        house.client.get("/categories", headers=house.staff(["catalogue.edit"])).status_code == 200
    )


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "あ" * 41}, {"mark": ""}, {"mark": "行事予"}, {"colour": "pink"}],
)
def test_what_could_not_be_shown_is_refused(house: House, wrong: dict[str, str]) -> None:
    assert add(house, {**EVENT, **wrong}).status_code == 422


def test_there_are_a_hundred_categories_at_most(house: House) -> None:
    put(house, [{**EVENT, "name": f"行事{number}"} for number in range(100)])
    assert code(add(house, HEALTH)) == (409, "categories_too_many")
