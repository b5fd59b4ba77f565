"""Drafts, at the door: written, saved while typing, checked before the confirm screen (MSG-1,
MSG-23).
"""

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
    assert (found["subject"], found["body"], found["created_by_name"]) == (
        "髙橋さんへ",
        "一行目\n〔　〕",
        "山下 明子",
    )
    assert [event.payload["action"] for event in house.said("operation.recorded")] == [
        "message.drafted"
    ]


def test_what_is_typed_is_saved_and_counted(house: House) -> None:
    draft = house.draft()
    change = {"version": 1, "body": "長ぐつも", "audience": {"group_ids": [str(uuid4())]}}
    saved = house.client.patch(f"/messages/{draft['id']}", json=change, headers=house.staff())
    assert saved.status_code == 200
    assert (saved.json["version"], saved.json["body"], saved.json["subject"]) == (
        2,
        "長ぐつも",
        draft["subject"],
    )
    assert saved.json["audience"]["group_ids"] == change["audience"]["group_ids"]


def test_a_draft_changed_in_another_window_is_not_overwritten(house: House) -> None:
    path = f"/messages/{house.draft()['id']}"
    assert (
        house.client.patch(
            path, json={"version": 1, "body": "先"}, headers=house.staff()
        ).status_code
        == 200
    )
    late = house.client.patch(path, json={"version": 1, "body": "後"}, headers=house.staff())
    assert late.status_code == 409
    assert late.json["error"]["code"] == "changed_elsewhere"
    assert late.json["error"]["fields"] == {"version": 2}
    assert house.get(path)["body"] == "先"


@pytest.mark.parametrize("subject", ["件名\r\nBcc: all@town.test", "件名\n", "件" * 101, "\x00"])
def test_a_subject_that_would_break_a_mail_is_refused_while_typing(
    house: House, subject: str
) -> None:
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
        "/messages",
        data='{"body": "\\ud800"}',
        headers={**house.staff(), "Content-Type": "application/json"},
    )
    assert answer.status_code == 422


def test_a_category_of_another_school_is_unknown(house: House) -> None:
    answer = house.client.post(
        "/messages", json={"category_id": str(uuid4())}, headers=house.staff()
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "category_unknown")


def test_urgent_needs_its_own_right(house: House) -> None:
    without = house.staff(["messages.send"])
    answer = house.client.post("/messages", json={"lane": "urgent"}, headers=without)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "urgent_not_allowed")
    assert (
        house.client.post("/messages", json={"lane": "urgent"}, headers=house.staff()).status_code
        == 201
    )


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


def test_what_is_filled_in_is_what_is_checked_shown_and_frozen(
    house: House, make_pupils: MakePupils
) -> None:
    blanks = [{"text": "〔3年1組〕", "value": "5年2組"}]
    draft = house.draft(
        subject="〔3年1組〕学級閉鎖",
        body="〔3年1組〕では",
        short_text="〔3年1組〕は閉鎖",
        blanks=blanks,
    )
    content = house.get(f"/messages/{draft['id']}/content")
    assert (content["subject"], content["body"], content["short_text"]) == (
        "5年2組学級閉鎖",
        "5年2組では",
        "5年2組は閉鎖",
    )
    assert house.get("/messages?state=draft")["items"][0]["subject"] == "5年2組学級閉鎖"
    assert house.press(draft["id"], house.town.add_snapshot(make_pupils(1))).status_code == 202
    sent = house.get(f"/messages/{draft['id']}")
    assert (sent["subject"], sent["body"], sent["short_text"]) == (
        "5年2組学級閉鎖",
        "5年2組では",
        "5年2組は閉鎖",
    )


def test_a_bracket_of_ones_own_is_asked_about_once(house: House, make_pupils: MakePupils) -> None:
    draft = house.draft(body="〔参考〕 令和8年度")
    path = f"/messages/{draft['id']}"
    checks = house.client.post(f"{path}/checks", headers=house.staff()).json
    assert (checks["blanks"], checks["unsure"], checks["problem"]["code"]) == (
        [],
        ["〔参考〕"],
        "brackets_unsure",
    )
    refused = house.press(draft["id"], house.town.add_snapshot(make_pupils(1)))
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "brackets_unsure")
    kept = house.client.patch(
        path, json={"version": 1, "kept_brackets": ["〔参考〕"]}, headers=house.staff()
    )
    assert kept.status_code == 200
    assert house.client.post(f"{path}/checks", headers=house.staff()).json["problem"] is None
    assert house.press(draft["id"], house.town.add_snapshot(make_pupils(1))).status_code == 202


def test_a_deleted_draft_can_be_brought_back_for_thirty_days(any_house: House) -> None:
    """削除 is by a person and undone within 30 days; it stands in the log (walk S2 12)."""
    house = any_house
    path = f"/messages/{house.draft()['id']}"
    assert house.client.delete(path, headers=house.staff()).status_code == 204
    assert house.get("/messages?state=draft")["items"] == []
    assert [
        f"/messages/{item['id']}" for item in house.get("/messages?state=deleted")["items"]
    ] == [path]
    assert house.run(drafts.purge_deleted_drafts, timedelta(days=29, hours=23)) == 0
    assert house.client.post(f"{path}/restore", headers=house.staff()).status_code == 200
    assert house.get(path)["state"] == "draft"
    assert house.client.post(f"{path}/restore", headers=house.staff()).status_code == 200, (
        "twice is once"
    )
    actions = [event.payload["action"] for event in house.said("operation.recorded")]
    assert actions == ["message.drafted", "message.draft_deleted", "message.draft_restored"]

    assert house.client.delete(path, headers=house.staff()).status_code == 204
    house.run(drafts.purge_deleted_drafts, timedelta(days=30, hours=1))
    assert house.client.post(f"{path}/restore", headers=house.staff()).status_code == 404


def test_a_deleted_draft_can_be_neither_changed_nor_sent(
    house: House, make_pupils: MakePupils
) -> None:
    path = f"/messages/{(draft := house.draft())['id']}"
    house.client.delete(path, headers=house.staff())
    assert (
        house.client.patch(
            path, json={"version": 1, "body": "あとから"}, headers=house.staff()
        ).status_code
        == 404
    )
    assert house.press(draft["id"], house.town.add_snapshot(make_pupils(1))).status_code == 404
    assert (
        house.client.post(f"{path}/restore", headers=house.staff(school_id=uuid4())).status_code
        == 404
    )


def test_the_same_message_sent_minutes_ago_is_pointed_out(
    house: House, make_pupils: MakePupils
) -> None:
    groups = {"audience": {"group_ids": [str(uuid4()), str(uuid4())]}}
    sent = house.send(make_pupils(2), **groups)
    again = house.draft(audience={"group_ids": groups["audience"]["group_ids"][::-1]})
    checks = house.client.post(f"/messages/{again['id']}/checks", headers=house.staff()).json
    assert checks == {
        "blanks": [],
        "unsure": [],
        "problem": None,
        "same_recently": {"message_id": str(sent), "minutes": 0},
    }


@pytest.mark.parametrize(
    "change", [{"body": "ほかの本文"}, {"audience": {"group_ids": [str(uuid4())]}}]
)
def test_another_text_or_audience_is_not_the_same_message(
    house: House, make_pupils: MakePupils, change: dict[str, Any]
) -> None:
    house.send(make_pupils(2))
    again = house.draft(**change)
    assert (
        house.client.post(f"/messages/{again['id']}/checks", headers=house.staff()).json[
            "same_recently"
        ]
        is None
    )


@pytest.mark.parametrize("name", ["group_ids", "member_ids", "excluded_member_ids"])
def test_a_draft_takes_as_many_ids_as_directory_freezes_and_no_more(
    house: House, name: str
) -> None:
    ids = [str(uuid4()) for _ in range(MAX_IDS)]
    draft = house.draft(audience={name: ids})
    assert len(draft["audience"][name]) == MAX_IDS
    change = {"version": 1, "audience": {name: [*ids, str(uuid4())]}}
    refused = house.client.patch(f"/messages/{draft['id']}", json=change, headers=house.staff())
    error = refused.json["error"]
    assert (refused.status_code, error["code"], list(error["fields"])) == (
        422,
        "invalid",
        ["audience"],
    )
    assert house.get(f"/messages/{draft['id']}")["version"] == 1


def test_a_form_that_saves_twice_because_its_answer_was_lost_begins_one_draft(
    any_house: House,
) -> None:
    house, chosen = any_house, str(uuid4())
    first = house.draft(id=chosen, body="はじめ")
    again = house.draft(id=chosen, body="はじめと、そのつづき")
    assert (first["id"], again["id"], again["body"], again["version"]) == (
        chosen,
        chosen,
        "はじめと、そのつづき",
        2,
    )
    assert len(house.get("/messages?state=draft")["items"]) == 1
    stranger = house.staff(account_id=uuid4())
    taken = house.client.post(
        "/messages", json={"id": chosen, "body": "よその人"}, headers=stranger
    )
    assert (taken.status_code, taken.json["error"]["code"]) == (409, "changed_elsewhere")
    assert house.get(f"/messages/{chosen}")["body"] == "はじめと、そのつづき"


def test_the_same_save_sent_again_is_no_conflict(house: House) -> None:
    path = f"/messages/{house.draft()['id']}"
    change = {"version": 1, "body": "答えがとどかなかった保存"}
    assert house.client.patch(path, json=change, headers=house.staff()).status_code == 200
    again = house.client.patch(path, json=change, headers=house.staff())
    assert (again.status_code, again.json["version"]) == (200, 2)
