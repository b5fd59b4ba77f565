"""Which messages a person finds in the lists, and which of them they may open."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from messaging_house import House, MakePupils

from messaging.domain.audience import Addressed


def test_messages_are_found_by_words_of_the_subject_category_and_time(
    house: House, make_pupils: MakePupils
) -> None:
    outing = house.draft(subject="校外学習（12月4日）の持ち物")["id"]
    house.draft(subject="50%の_割引")
    house.send(make_pupils(1), subject="プール納め")
    assert [item["id"] for item in house.get("/messages?query=持ち物 校外")["items"]] == [outing]
    assert [
        item["subject"] for item in house.get("/messages", query_string={"query": "0%の_"})["items"]
    ] == ["50%の_割引"]
    assert (
        house.get("/messages", query_string={"query": "%"})["items"]
        != house.get("/messages")["items"]
    )
    assert [item["subject"] for item in house.get("/messages?state=sent")["items"]] == [
        "プール納め"
    ]
    assert house.get("/messages", query_string={"since": "2100-01-01T00:00:00Z"})["items"] == []
    named = house.client.post(
        "/messages/look-up", json={"ids": [outing, str(uuid4())]}, headers=house.staff()
    ).json
    assert named["items"] == [
        {"id": outing, "subject": "校外学習（12月4日）の持ち物", "kind": "notice", "state": "draft"}
    ]


def test_messages_are_listed_newest_first_page_by_page(house: House) -> None:
    made = [house.draft(subject=f"連絡 {number}")["id"] for number in range(5)]
    first = house.get("/messages?limit=3")
    second = house.get("/messages", query_string={"limit": 3, "after": first["next"]})
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


def test_the_list_is_filtered_by_state_and_writer(house: House, make_pupils: MakePupils) -> None:
    sent = house.send(make_pupils(2))
    draft = house.draft()["id"]
    other = house.client.post("/messages", json={}, headers=house.staff(account_id=uuid4())).json[
        "id"
    ]
    assert [item["id"] for item in house.get("/messages?state=released")["items"]] == [str(sent)]
    assert {item["id"] for item in house.get("/messages?state=draft")["items"]} == {draft, other}
    assert {item["id"] for item in house.get("/messages?mine=true")["items"]} == {draft, str(sent)}
    released = house.get("/messages?state=released")["items"][0]
    assert released["counts"] == {
        "confirmed": 0,
        "told": 0,
        "delivered": 0,
        "delivering": 2,
        "unreached": 0,
        "stopped": 0,
    }
    assert (released["heads"], released["seen_heads"]) == (2, 2)


@pytest.mark.parametrize(
    "after", ["nonsense", "2026-11-24T00:00:00_x", "0001-01-01T00:00:00+14:00_" + "0" * 32]
)
def test_a_place_that_is_none_in_the_list_is_refused(house: House, after: str) -> None:
    answer = house.client.get("/messages", query_string={"after": after}, headers=house.staff())
    assert answer.status_code == 422


def test_who_is_limited_to_own_classes_sees_own_messages_and_what_reached_the_class(
    house: House, make_pupils: MakePupils
) -> None:
    mine, theirs = uuid4(), uuid4()
    to_my_class = house.send(make_pupils(3, class_id=mine) + make_pupils(3, class_id=theirs))
    elsewhere = house.send(make_pupils(3, class_id=theirs), subject="よその学級")
    draft_of_other = house.draft()["id"]
    teacher = house.sender([mine], account_id=uuid4())
    own = house.client.post("/messages", json={"subject": "自分の"}, headers=teacher).json["id"]

    seen = {item["id"] for item in house.get("/messages", headers=teacher)["items"]}
    assert seen == {str(to_my_class), own}
    for hidden in (elsewhere, draft_of_other):
        for path in (
            f"/messages/{hidden}",
            f"/messages/{hidden}/progress",
            f"/messages/{hidden}/content",
        ):
            assert house.client.get(path, headers=teacher).status_code == 404
    recipients = house.get(f"/messages/{to_my_class}/recipients", headers=teacher)["items"]
    assert {item["class_id"] for item in recipients} == {str(mine)}
    by_class = house.get(f"/messages/{to_my_class}/progress", headers=teacher)["by_class"]
    assert [row["class_id"] for row in by_class] == [str(mine)]
    stop = house.client.post(f"/messages/{to_my_class}/stop", headers=teacher)
    assert (stop.status_code, stop.json["error"]["code"]) == (403, "not_own_message")


def test_where_a_school_shows_own_messages_only_others_are_seen_where_they_were_opened(
    any_house: House, make_pupils: MakePupils
) -> None:
    """ID-7, with the exception per message (他の教職員に公開)."""
    hidden = any_house.send(make_pupils(2), subject="教頭から")
    opened = any_house.send(make_pupils(2), subject="みなさんへ", open_to_staff=True)
    colleague = any_house.staff(account_id=uuid4(), own_messages=True, role="sender")
    own = any_house.client.post("/messages", json={"subject": "自分の"}, headers=colleague).json[
        "id"
    ]

    seen = {item["id"] for item in any_house.get("/messages", headers=colleague)["items"]}
    assert seen == {str(opened), own}
    for path in (
        f"/messages/{hidden}",
        f"/messages/{hidden}/progress",
        f"/messages/{hidden}/recipients",
        f"/messages/{hidden}/content",
    ):
        assert any_house.client.get(path, headers=colleague).status_code == 404
    assert len(any_house.get(f"/messages/{opened}/recipients", headers=colleague)["items"]) == 2
    for message_id, status in ((hidden, 404), (opened, 403)):
        stop = any_house.client.post(f"/messages/{message_id}/stop", headers=colleague)
        assert stop.status_code == status
    everybody = any_house.get("/messages", headers=any_house.staff(account_id=uuid4()))
    assert {str(hidden), str(opened)} <= {item["id"] for item in everybody["items"]}


def test_who_is_limited_to_a_grade_sees_what_was_sent_to_its_classes(
    any_house: House, make_pupils: MakePupils
) -> None:
    """Recipients name 4年2組; the person's own group is 4年 (ID-3)."""
    grade, other_grade, whole, room_one, room_two, elsewhere = (uuid4() for _ in range(6))
    town = any_house.town
    town.above = {
        room_one: (grade, whole),
        room_two: (grade, whole),
        elsewhere: (other_grade, whole),
    }
    to_room = any_house.send(make_pupils(2, class_id=room_one))
    to_all = any_house.send(
        [
            member
            for room in (room_one, room_two, elsewhere)
            for member in make_pupils(2, class_id=room)
        ]
    )
    to_others = any_house.send(make_pupils(2, class_id=elsewhere))
    leader = any_house.sender([grade], account_id=uuid4())

    assert {item["id"] for item in any_house.get("/messages", headers=leader)["items"]} == {
        str(to_room),
        str(to_all),
    }
    by_class = any_house.get(f"/messages/{to_all}/progress", headers=leader)["by_class"]
    assert {row["class_id"] for row in by_class} == {str(room_one), str(room_two)}
    items = any_house.get(f"/messages/{to_all}/recipients", headers=leader)["items"]
    assert (
        [item["class_id"] for item in items].count(str(room_one))
        == [i["class_id"] for i in items].count(str(room_two))
        == 2
    )
    assert len(items) == 4
    assert any_house.client.get(f"/messages/{to_others}", headers=leader).status_code == 404
    below = any_house.sender([room_one], account_id=uuid4())
    assert len(any_house.get(f"/messages/{to_all}/recipients", headers=below)["items"]) == 2


def test_a_message_is_seen_by_others_from_its_release_and_not_after_a_withdrawal(
    house: House, make_pupils: MakePupils
) -> None:
    mine = uuid4()
    teacher = house.sender([mine], account_id=uuid4())
    draft = house.draft()["id"]

    def seen() -> list[str]:
        return [item["id"] for item in house.get("/messages", headers=teacher)["items"]]

    assert (
        house.press(draft, house.town.add_snapshot(make_pupils(1, class_id=mine))).json["state"]
        == "pending"
    )
    assert seen() == []
    assert (
        house.client.post(f"/messages/{draft}/withdraw", headers=house.staff()).status_code == 200
    )
    elsewhere = house.town.add_snapshot(make_pupils(1, class_id=uuid4()))
    assert house.press(draft, elsewhere).json["state"] == "pending"
    assert (
        house.client.post(f"/messages/{draft}/send-now", headers=house.staff()).status_code == 202
    )
    assert seen() == [], "the first audience is forgotten"


def test_another_school_finds_nothing(house: House, make_pupils: MakePupils) -> None:
    sent, draft = house.send(make_pupils(2)), house.draft()["id"]
    stranger = house.staff(school_id=uuid4())
    for message_id in (sent, draft):
        for method, path, body in [
            ("get", "", None),
            ("patch", "", {"version": 1}),
            ("delete", "", None),
            ("post", "/checks", None),
            ("post", "/withdraw", None),
            ("post", "/send-now", None),
            ("post", "/stop", None),
            ("get", "/progress", None),
            ("get", "/recipients", None),
            ("get", "/content", None),
        ]:
            answer = house.client.open(
                f"/messages/{message_id}{path}", method=method, json=body, headers=stranger
            )
            assert answer.status_code == 404, (method, path, answer.json)
    assert house.get("/messages", headers=stranger)["items"] == []


def test_without_the_right_to_read_nothing_opens(house: House) -> None:
    stranger = house.staff(["roster.see"])
    assert house.client.get("/messages", headers=stranger).status_code == 403
    assert house.client.post("/messages", json={}, headers=stranger).status_code == 403
    assert house.client.get("/messages").status_code == 401


def test_who_may_only_read_sees_what_was_sent_and_changes_nothing(
    house: House, make_pupils: MakePupils
) -> None:
    """After a contract's end all are such readers (RET-1), each within the classes of before."""
    mine, theirs = uuid4(), uuid4()
    to_my_class, elsewhere = (
        house.send(make_pupils(3, class_id=mine)),
        house.send(make_pupils(3, class_id=theirs)),
    )
    draft = house.draft()["id"]
    reader = house.staff(
        ["messages.read"], own_only=["messages.read"], groups=[mine], account_id=uuid4()
    )
    assert [item["id"] for item in house.get("/messages", headers=reader)["items"]] == [
        str(to_my_class)
    ]
    assert house.client.get(f"/messages/{elsewhere}", headers=reader).status_code == 404
    whole = house.staff(["messages.read"])
    for path in ("", "/progress", "/recipients"):
        for token in (reader, whole):
            assert (
                house.client.get(f"/messages/{to_my_class}{path}", headers=token).status_code == 200
            )
    assert house.client.get("/categories", headers=whole).status_code == 200
    for method, path in [
        ("post", "/messages"),
        ("patch", f"/messages/{draft}"),
        ("delete", f"/messages/{draft}"),
        *(
            ("post", f"/messages/{draft}/{verb}")
            for verb in ("checks", "release", "withdraw", "send-now", "stop", "test-send")
        ),
    ]:
        assert house.client.open(path, method=method, json={}, headers=whole).status_code == 403, (
            path
        )


def test_sent_messages_stand_by_when_they_went_not_by_when_they_were_begun(
    house: House, make_pupils: MakePupils
) -> None:
    begun_first = house.draft(subject="先に書きはじめた")["id"]
    house.send(make_pupils(1), subject="先に送った")
    house.press(begun_first, house.town.add_snapshot(make_pupils(1)))
    house.client.post(f"/messages/{begun_first}/send-now", headers=house.staff())
    listed = house.get("/messages?state=sent&limit=1")
    rest = house.get(
        "/messages", query_string={"state": "sent", "limit": 1, "after": listed["next"]}
    )
    assert [item["subject"] for item in (*listed["items"], *rest["items"])] == [
        "先に書きはじめた",
        "先に送った",
    ]
    assert rest["next"] is None


def received(house: House, child: Addressed, headers: dict[str, str], **query: object) -> Any:
    asked = {"member_id": child.member_id, **query}
    return house.client.get("/messages/received", query_string=asked, headers=headers).json


def test_what_a_child_was_sent_is_listed_newest_first_with_how_it_stands(
    any_house: House, make_pupils: MakePupils
) -> None:
    """MSG-8."""
    child, other = make_pupils(2)
    first = any_house.send([child, other], subject="プール納め")
    second = any_house.send([child], subject="運動会")
    any_house.send([other], subject="よその子だけ")
    any_house.draft(subject="下書き")
    listed = received(any_house, child, any_house.staff())["items"]
    assert [(item["id"], item["subject"], item["state"]) for item in listed] == [
        (str(second), "運動会", "waiting"),
        (str(first), "プール納め", "waiting"),
    ]
    page = received(any_house, child, any_house.staff(), limit=1)
    following = received(any_house, child, any_house.staff(), after=page["next"])
    assert [item["id"] for item in following["items"]] == [str(first)]
    assert following["next"] is None


def test_of_what_a_child_was_sent_each_sees_what_they_may_see_of_messages(
    any_house: House, make_pupils: MakePupils
) -> None:
    """MSG-8, ID-3, ID-7: own classes only, and own messages only where the school wants it."""
    mine, theirs = uuid4(), uuid4()
    [child] = make_pupils(1, class_id=mine)
    [stranger] = make_pupils(1, class_id=theirs)
    hidden = any_house.send([child, stranger], subject="教頭から")
    opened = any_house.send([child, stranger], subject="みなさんへ", open_to_staff=True)
    teacher = any_house.sender([mine], account_id=uuid4())
    colleague = any_house.staff(account_id=uuid4(), own_messages=True, role="sender")

    def seen(child: Addressed, headers: dict[str, str]) -> set[str]:
        return {item["id"] for item in received(any_house, child, headers)["items"]}

    assert seen(child, teacher) == {str(hidden), str(opened)}
    assert seen(stranger, teacher) == set()
    assert seen(child, colleague) == {str(opened)}
    assert seen(child, any_house.staff(account_id=uuid4())) == {str(hidden), str(opened)}
    next_door = any_house.staff(account_id=uuid4(), school_id=uuid4())
    assert seen(child, next_door) == set()
