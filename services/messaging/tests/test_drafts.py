"""Drafts, at the door: written, saved while typing, checked before the confirm screen (MSG-1, MSG-23)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from messaging_house import House, MakePupils

from messaging.actions import drafts
from messaging.domain.audience import MAX_IDS


def test_a_draft_is_kept_as_typed(house: House) -> None:
    draft = house.draft(subject="髙橋さんへ", body="一行目\n〔　〕", created_by_name="山下 明子")
    found = house.get(f"/messages/{draft['id']}")
    assert (found["state"], found["version"], found["channels"]) == ("draft", 1, ["mail"])
    assert (found["subject"], found["body"], found["created_by_name"]) == ("髙橋さんへ", "一行目\n〔　〕", "山下 明子")
    assert [event.payload["action"] for event in house.said("operation.recorded")] == ["message.drafted"]


def test_what_is_typed_is_saved_and_counted(house: House) -> None:
    draft = house.draft()
    change = {"version": 1, "body": "長ぐつも", "audience": {"group_ids": [str(uuid4())]}}
    saved = house.client.patch(f"/messages/{draft['id']}", json=change, headers=house.staff())
    assert saved.status_code == 200
    assert (saved.json["version"], saved.json["body"], saved.json["subject"]) == (2, "長ぐつも", draft["subject"])
    assert saved.json["audience"]["group_ids"] == change["audience"]["group_ids"]


def test_a_draft_changed_in_another_window_is_not_overwritten(house: House) -> None:
    path = f"/messages/{house.draft()['id']}"
    assert house.client.patch(path, json={"version": 1, "body": "先"}, headers=house.staff()).status_code == 200
    late = house.client.patch(path, json={"version": 1, "body": "後"}, headers=house.staff())
    assert late.status_code == 409
    assert late.json["error"]["code"] == "changed_elsewhere"
    assert late.json["error"]["fields"] == {"version": 2}
    assert house.get(path)["body"] == "先"


@pytest.mark.parametrize("subject", ["件名\r\nBcc: all@town.test", "件名\n", "件" * 101, "\x00"])
def test_a_subject_that_would_break_a_mail_is_refused_while_typing(house: House, subject: str) -> None:
    path = f"/messages/{house.draft()['id']}"
    for answer in (
        house.client.post("/messages", json={"subject": subject}, headers=house.staff()),
        house.client.patch(path, json={"version": 1, "subject": subject}, headers=house.staff()),
    ):
        assert answer.status_code == 422
        assert "subject" in answer.json["error"]["fields"]
    assert house.get(path)["version"] == 1


def test_half_a_character_is_refused_not_crashed_upon(house: House) -> None:
    answer = house.client.post(
        "/messages", data='{"body": "\\ud800"}', headers={**house.staff(), "Content-Type": "application/json"}
    )
    assert answer.status_code == 422


def test_a_category_of_another_school_is_unknown(house: House) -> None:
    answer = house.client.post("/messages", json={"category_id": str(uuid4())}, headers=house.staff())
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "category_unknown")


def test_urgent_needs_its_own_right(house: House) -> None:
    without = house.staff(["messages.send"])
    answer = house.client.post("/messages", json={"lane": "urgent"}, headers=without)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "urgent_not_allowed")
    assert house.client.post("/messages", json={"lane": "urgent"}, headers=house.staff()).status_code == 201


def blanks_of(*texts: str) -> list[dict[str, str]]:
    return [{"text": text, "value": ""} for text in texts]


def test_blanks_are_counted_in_subject_body_and_short_text(house: House) -> None:
    """The short text goes to LINE: a blank in it is a blank (walk S1 1)."""
    draft = house.draft(
        subject="〔行事〕について",
        body="〔日付〕の〔行事〕",
        short_text="〔時刻〕から",
        blanks=blanks_of("〔行事〕", "〔日付〕", "〔時刻〕"),
    )
    checks = house.client.post(f"/messages/{draft['id']}/checks", headers=house.staff()).json
    assert checks["blanks"] == ["〔行事〕", "〔日付〕", "〔時刻〕"]
    assert checks["problem"] == {"code": "blanks_left", "field": "blanks", "detail": 3}


def test_what_is_filled_in_is_what_is_checked_shown_and_frozen(house: House, make_pupils: MakePupils) -> None:
    blanks = [{"text": "〔3年1組〕", "value": "5年2組"}]
    draft = house.draft(subject="〔3年1組〕学級閉鎖", body="〔3年1組〕では", short_text="〔3年1組〕は閉鎖", blanks=blanks)
    content = house.get(f"/messages/{draft['id']}/content")
    assert (content["subject"], content["body"], content["short_text"]) == ("5年2組学級閉鎖", "5年2組では", "5年2組は閉鎖")
    assert house.get("/messages?state=draft")["items"][0]["subject"] == "5年2組学級閉鎖"
    assert house.press(draft["id"], house.town.add_snapshot(make_pupils(1))).status_code == 202
    sent = house.get(f"/messages/{draft['id']}")
    assert (sent["subject"], sent["body"], sent["short_text"]) == ("5年2組学級閉鎖", "5年2組では", "5年2組は閉鎖")


def test_a_bracket_of_ones_own_is_asked_about_once(house: House, make_pupils: MakePupils) -> None:
    draft = house.draft(body="〔参考〕 令和8年度")
    path = f"/messages/{draft['id']}"
    checks = house.client.post(f"{path}/checks", headers=house.staff()).json
    assert (checks["blanks"], checks["unsure"], checks["problem"]["code"]) == ([], ["〔参考〕"], "brackets_unsure")
    refused = house.press(draft["id"], house.town.add_snapshot(make_pupils(1)))
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "brackets_unsure")
    kept = house.client.patch(path, json={"version": 1, "kept_brackets": ["〔参考〕"]}, headers=house.staff())
    assert kept.status_code == 200
    assert house.client.post(f"{path}/checks", headers=house.staff()).json["problem"] is None
    assert house.press(draft["id"], house.town.add_snapshot(make_pupils(1))).status_code == 202


def test_a_deleted_draft_can_be_brought_back_for_thirty_days(any_house: House) -> None:
    """削除 is by a person and undone within 30 days; it stands in the log (walk S2 12)."""
    house = any_house
    path = f"/messages/{house.draft()['id']}"
    assert house.client.delete(path, headers=house.staff()).status_code == 204
    assert house.get("/messages?state=draft")["items"] == []
    assert [f"/messages/{item['id']}" for item in house.get("/messages?state=deleted")["items"]] == [path]
    assert house.run(drafts.purge_deleted_drafts, timedelta(days=29, hours=23)) == 0
    assert house.client.post(f"{path}/restore", headers=house.staff()).status_code == 200
    assert house.get(path)["state"] == "draft"
    assert house.client.post(f"{path}/restore", headers=house.staff()).status_code == 200, "twice is once"
    actions = [event.payload["action"] for event in house.said("operation.recorded")]
    assert actions == ["message.drafted", "message.draft_deleted", "message.draft_restored"]

    assert house.client.delete(path, headers=house.staff()).status_code == 204
    house.run(drafts.purge_deleted_drafts, timedelta(days=30, hours=1))
    assert house.client.post(f"{path}/restore", headers=house.staff()).status_code == 404


def test_a_deleted_draft_can_be_neither_changed_nor_sent(house: House, make_pupils: MakePupils) -> None:
    path = f"/messages/{(draft := house.draft())['id']}"
    house.client.delete(path, headers=house.staff())
    assert house.client.patch(path, json={"version": 1, "body": "あとから"}, headers=house.staff()).status_code == 404
    assert house.press(draft["id"], house.town.add_snapshot(make_pupils(1))).status_code == 404
    assert house.client.post(f"{path}/restore", headers=house.staff(school_id=uuid4())).status_code == 404


def test_messages_are_found_by_words_of_the_subject_category_and_time(house: House, make_pupils: MakePupils) -> None:
    outing = house.draft(subject="校外学習（12月4日）の持ち物")["id"]
    house.draft(subject="50%の_割引")
    house.send(make_pupils(1), subject="プール納め")
    assert [item["id"] for item in house.get("/messages?query=持ち物 校外")["items"]] == [outing]
    assert [item["subject"] for item in house.get("/messages", query_string={"query": "0%の_"})["items"]] == ["50%の_割引"]
    assert house.get("/messages", query_string={"query": "%"})["items"] != house.get("/messages")["items"]
    assert [item["subject"] for item in house.get("/messages?state=sent")["items"]] == ["プール納め"]
    assert house.get("/messages", query_string={"since": "2100-01-01T00:00:00Z"})["items"] == []
    named = house.client.post("/messages/look-up", json={"ids": [outing, str(uuid4())]}, headers=house.staff()).json
    assert named["items"] == [{"id": outing, "subject": "校外学習（12月4日）の持ち物", "kind": "notice", "state": "draft"}]


def test_the_same_message_sent_minutes_ago_is_pointed_out(house: House, make_pupils: MakePupils) -> None:
    groups = {"audience": {"group_ids": [str(uuid4()), str(uuid4())]}}
    sent = house.send(make_pupils(2), **groups)
    again = house.draft(audience={"group_ids": groups["audience"]["group_ids"][::-1]})
    checks = house.client.post(f"/messages/{again['id']}/checks", headers=house.staff()).json
    assert checks == {"blanks": [], "unsure": [], "problem": None, "same_recently": {"message_id": str(sent), "minutes": 0}}


@pytest.mark.parametrize("change", [{"body": "ほかの本文"}, {"audience": {"group_ids": [str(uuid4())]}}])
def test_another_text_or_audience_is_not_the_same_message(house: House, make_pupils: MakePupils, change: dict[str, Any]) -> None:
    house.send(make_pupils(2))
    again = house.draft(**change)
    assert house.client.post(f"/messages/{again['id']}/checks", headers=house.staff()).json["same_recently"] is None


def test_messages_are_listed_newest_first_page_by_page(house: House) -> None:
    made = [house.draft(subject=f"連絡 {number}")["id"] for number in range(5)]
    first = house.get("/messages?limit=3")
    second = house.get("/messages", query_string={"limit": 3, "after": first["next"]})
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None


def test_the_list_is_filtered_by_state_and_writer(house: House, make_pupils: MakePupils) -> None:
    sent = house.send(make_pupils(2))
    draft = house.draft()["id"]
    other = house.client.post("/messages", json={}, headers=house.staff(account_id=uuid4())).json["id"]
    assert [item["id"] for item in house.get("/messages?state=released")["items"]] == [str(sent)]
    assert {item["id"] for item in house.get("/messages?state=draft")["items"]} == {draft, other}
    assert {item["id"] for item in house.get("/messages?mine=true")["items"]} == {draft, str(sent)}
    released = house.get("/messages?state=released")["items"][0]
    assert released["counts"] == {"confirmed": 0, "told": 0, "delivered": 0, "delivering": 2, "unreached": 0, "stopped": 0}
    assert (released["heads"], released["seen_heads"]) == (2, 2)


@pytest.mark.parametrize("after", ["nonsense", "2026-11-24T00:00:00_x", "0001-01-01T00:00:00+14:00_" + "0" * 32])
def test_a_place_that_is_none_in_the_list_is_refused(house: House, after: str) -> None:
    answer = house.client.get("/messages", query_string={"after": after}, headers=house.staff())
    assert answer.status_code == 422


def test_who_is_limited_to_own_classes_sees_own_messages_and_what_reached_the_class(house: House, make_pupils: MakePupils) -> None:
    mine, theirs = uuid4(), uuid4()
    to_my_class = house.send(make_pupils(3, class_id=mine) + make_pupils(3, class_id=theirs))
    elsewhere = house.send(make_pupils(3, class_id=theirs), subject="よその学級")
    draft_of_other = house.draft()["id"]
    teacher = house.sender([mine], account_id=uuid4())
    own = house.client.post("/messages", json={"subject": "自分の"}, headers=teacher).json["id"]

    seen = {item["id"] for item in house.get("/messages", headers=teacher)["items"]}
    assert seen == {str(to_my_class), own}
    for hidden in (elsewhere, draft_of_other):
        for path in (f"/messages/{hidden}", f"/messages/{hidden}/progress", f"/messages/{hidden}/content"):
            assert house.client.get(path, headers=teacher).status_code == 404
    recipients = house.get(f"/messages/{to_my_class}/recipients", headers=teacher)["items"]
    assert {item["class_id"] for item in recipients} == {str(mine)}
    by_class = house.get(f"/messages/{to_my_class}/progress", headers=teacher)["by_class"]
    assert [row["class_id"] for row in by_class] == [str(mine)]
    stop = house.client.post(f"/messages/{to_my_class}/stop", headers=teacher)
    assert (stop.status_code, stop.json["error"]["code"]) == (403, "not_own_message")


def test_who_is_limited_to_a_grade_sees_what_was_sent_to_its_classes(any_house: House, make_pupils: MakePupils) -> None:
    """Recipients name 4年2組; the person's own group is 4年 (ID-3)."""
    grade, other_grade, whole, room_one, room_two, elsewhere = (uuid4() for _ in range(6))
    town = any_house.town
    town.above = {room_one: (grade, whole), room_two: (grade, whole), elsewhere: (other_grade, whole)}
    to_room = any_house.send(make_pupils(2, class_id=room_one))
    to_all = any_house.send([member for room in (room_one, room_two, elsewhere) for member in make_pupils(2, class_id=room)])
    to_others = any_house.send(make_pupils(2, class_id=elsewhere))
    leader = any_house.sender([grade], account_id=uuid4())

    assert {item["id"] for item in any_house.get("/messages", headers=leader)["items"]} == {str(to_room), str(to_all)}
    by_class = any_house.get(f"/messages/{to_all}/progress", headers=leader)["by_class"]
    assert {row["class_id"] for row in by_class} == {str(room_one), str(room_two)}
    items = any_house.get(f"/messages/{to_all}/recipients", headers=leader)["items"]
    assert [item["class_id"] for item in items].count(str(room_one)) == [i["class_id"] for i in items].count(str(room_two)) == 2
    assert len(items) == 4
    assert any_house.client.get(f"/messages/{to_others}", headers=leader).status_code == 404
    below = any_house.sender([room_one], account_id=uuid4())
    assert len(any_house.get(f"/messages/{to_all}/recipients", headers=below)["items"]) == 2


def test_a_message_is_seen_by_others_from_its_release_and_not_after_a_withdrawal(house: House, make_pupils: MakePupils) -> None:
    mine = uuid4()
    teacher = house.sender([mine], account_id=uuid4())
    draft = house.draft()["id"]

    def seen() -> list[str]:
        return [item["id"] for item in house.get("/messages", headers=teacher)["items"]]

    assert house.press(draft, house.town.add_snapshot(make_pupils(1, class_id=mine))).json["state"] == "pending"
    assert seen() == []
    assert house.client.post(f"/messages/{draft}/withdraw", headers=house.staff()).status_code == 200
    elsewhere = house.town.add_snapshot(make_pupils(1, class_id=uuid4()))
    assert house.press(draft, elsewhere).json["state"] == "pending"
    assert house.client.post(f"/messages/{draft}/send-now", headers=house.staff()).status_code == 202
    assert seen() == [], "the first audience is forgotten"


@pytest.mark.parametrize("name", ["group_ids", "member_ids", "excluded_member_ids"])
def test_a_draft_takes_as_many_ids_as_directory_freezes_and_no_more(house: House, name: str) -> None:
    ids = [str(uuid4()) for _ in range(MAX_IDS)]
    draft = house.draft(audience={name: ids})
    assert len(draft["audience"][name]) == MAX_IDS
    change = {"version": 1, "audience": {name: [*ids, str(uuid4())]}}
    refused = house.client.patch(f"/messages/{draft['id']}", json=change, headers=house.staff())
    error = refused.json["error"]
    assert (refused.status_code, error["code"], list(error["fields"])) == (422, "invalid", ["audience"])
    assert house.get(f"/messages/{draft['id']}")["version"] == 1


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
            answer = house.client.open(f"/messages/{message_id}{path}", method=method, json=body, headers=stranger)
            assert answer.status_code == 404, (method, path, answer.json)
    assert house.get("/messages", headers=stranger)["items"] == []


def test_without_the_right_to_read_nothing_opens(house: House) -> None:
    stranger = house.staff(["reports.see"])
    assert house.client.get("/messages", headers=stranger).status_code == 403
    assert house.client.post("/messages", json={}, headers=stranger).status_code == 403
    assert house.client.get("/messages").status_code == 401


def test_who_may_only_read_sees_what_was_sent_and_changes_nothing(house: House, make_pupils: MakePupils) -> None:
    """After a contract's end everybody is such a reader (RET-1), each within the classes of before."""
    mine, theirs = uuid4(), uuid4()
    to_my_class, elsewhere = house.send(make_pupils(3, class_id=mine)), house.send(make_pupils(3, class_id=theirs))
    draft = house.draft()["id"]
    reader = house.staff(["messages.read"], own_only=["messages.read"], groups=[mine], account_id=uuid4())
    assert [item["id"] for item in house.get("/messages", headers=reader)["items"]] == [str(to_my_class)]
    assert house.client.get(f"/messages/{elsewhere}", headers=reader).status_code == 404
    whole = house.staff(["messages.read"])
    for path in ("", "/progress", "/recipients"):
        for token in (reader, whole):
            assert house.client.get(f"/messages/{to_my_class}{path}", headers=token).status_code == 200
    assert house.client.get("/categories", headers=whole).status_code == 200
    for method, path in [
        ("post", "/messages"),
        ("patch", f"/messages/{draft}"),
        ("delete", f"/messages/{draft}"),
        *(("post", f"/messages/{draft}/{verb}") for verb in ("checks", "release", "withdraw", "send-now", "stop", "test-send")),
    ]:
        assert house.client.open(path, method=method, json={}, headers=whole).status_code == 403, path


def test_a_form_that_saves_twice_because_its_answer_was_lost_begins_one_draft(any_house: House) -> None:
    house, chosen = any_house, str(uuid4())
    first = house.draft(id=chosen, body="はじめ")
    again = house.draft(id=chosen, body="はじめと、そのつづき")
    assert (first["id"], again["id"], again["body"], again["version"]) == (chosen, chosen, "はじめと、そのつづき", 2)
    assert len(house.get("/messages?state=draft")["items"]) == 1
    stranger = house.staff(account_id=uuid4())
    taken = house.client.post("/messages", json={"id": chosen, "body": "よその人"}, headers=stranger)
    assert (taken.status_code, taken.json["error"]["code"]) == (409, "changed_elsewhere")
    assert house.get(f"/messages/{chosen}")["body"] == "はじめと、そのつづき"


def test_the_same_save_sent_again_is_no_conflict(house: House) -> None:
    path = f"/messages/{house.draft()['id']}"
    change = {"version": 1, "body": "答えがとどかなかった保存"}
    assert house.client.patch(path, json=change, headers=house.staff()).status_code == 200
    again = house.client.patch(path, json=change, headers=house.staff())
    assert (again.status_code, again.json["version"]) == (200, 2)


def test_sent_messages_stand_by_when_they_went_not_by_when_they_were_begun(house: House, make_pupils: MakePupils) -> None:
    begun_first = house.draft(subject="先に書きはじめた")["id"]
    house.send(make_pupils(1), subject="先に送った")
    house.press(begun_first, house.town.add_snapshot(make_pupils(1)))
    house.client.post(f"/messages/{begun_first}/send-now", headers=house.staff())
    listed = house.get("/messages?state=sent&limit=1")
    rest = house.get("/messages", query_string={"state": "sent", "limit": 1, "after": listed["next"]})
    assert [item["subject"] for item in (*listed["items"], *rest["items"])] == ["先に書きはじめた", "先に送った"]
    assert rest["next"] is None
