"""The send button, at the door: one press counts, the undo window, stop, and the test to oneself
(MSG-1, MSG-11, MSG-23).
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from messaging_house import House, MakeAudience, MakePupils

from common import clock
from messaging.actions import release


def _operations(house: House) -> list[str]:
    return [event.payload["action"] for event in house.said("operation.recorded")]


def test_a_press_starts_the_undo_window_and_freezes_the_audience(
    house: House, make_pupils: MakePupils
) -> None:
    draft = house.draft()
    snapshot = house.town.add_snapshot(make_pupils(26), label="4年2組")
    answer = house.press(draft["id"], snapshot)
    assert answer.status_code == 202
    assert (answer.json["state"], answer.json["already"], answer.json["released_at"]) == (
        "pending",
        False,
        None,
    )
    message = house.message(draft["id"])
    assert (message.snapshot_id, message.audience_label, message.heads) == (snapshot, "4年2組", 26)
    assert timedelta(seconds=28) < message.release_at - clock.now() <= timedelta(seconds=30)
    assert house.said("message.released") == []
    assert _operations(house) == ["message.drafted", "message.released"]


def test_after_the_window_the_message_is_let_go_once(house: House, make_pupils: MakePupils) -> None:
    draft = house.draft()
    house.press(draft["id"], house.town.add_snapshot(make_pupils(3)))
    house.run(release.release_due)
    assert house.message(draft["id"]).state == "pending"
    house.run(release.release_due, after=timedelta(seconds=31))
    house.run(release.release_due, after=timedelta(seconds=32))
    message = house.message(draft["id"])
    assert message.state == "released"
    [event] = house.said("message.released")
    assert event.payload == {
        "message_id": message.id,
        "snapshot_id": message.snapshot_id,
        "lane": "normal",
    }


def test_without_a_window_the_message_goes_at_once(house: House, make_pupils: MakePupils) -> None:
    house.town.school = replace(house.town.school, undo_seconds=0)
    answer = house.press(house.draft()["id"], house.town.add_snapshot(make_pupils(3)))
    assert answer.json["state"] == "released"
    assert len(house.said("message.released")) == 1


def test_an_urgent_message_has_the_urgent_window(house: House, make_pupils: MakePupils) -> None:
    draft = house.draft(lane="urgent")
    house.press(draft["id"], house.town.add_snapshot(make_pupils(3)))
    assert house.message(draft["id"]).release_at - clock.now() <= timedelta(seconds=5)


@pytest.mark.parametrize("second_key", ["the same", "another"])
def test_a_second_press_of_send_changes_nothing(
    house: House, make_pupils: MakePupils, second_key: str
) -> None:
    draft = house.draft()
    first_audience, second_audience = (house.town.add_snapshot(make_pupils(n)) for n in (3, 5))
    first = house.press(draft["id"], first_audience, key="the same")
    second = house.press(draft["id"], second_audience, key=second_key)
    assert second.status_code == 202
    assert second.json == {**first.json, "already": True}
    assert house.message(draft["id"]).heads == 3
    assert _operations(house).count("message.released") == 1


def test_two_presses_at_once_release_once(house: House, make_pupils: MakePupils) -> None:
    house.town.school = replace(house.town.school, undo_seconds=0)
    draft, snapshot = house.draft(), house.town.add_snapshot(make_pupils(3))
    together = threading.Barrier(6)

    def press(number: int) -> Any:
        together.wait()
        return house.press(draft["id"], snapshot, key=f"key-{number}")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(press, range(6)))
    assert [answer.status_code for answer in answers] == [202] * 6
    assert sorted(answer.json["already"] for answer in answers) == [False] + [True] * 5
    assert len(house.said("message.released")) == 1


def test_withdraw_and_release_at_once_end_in_one_of_the_two(
    house: House, make_pupils: MakePupils
) -> None:
    draft = house.draft()
    house.press(draft["id"], house.town.add_snapshot(make_pupils(3)))
    together = threading.Barrier(2)

    def withdraw() -> int:
        together.wait()
        return int(
            house.client.post(
                f"/messages/{draft['id']}/withdraw", headers=house.staff()
            ).status_code
        )

    def let_go() -> None:
        together.wait()
        house.run(release.release_due, after=timedelta(minutes=1))

    with ThreadPoolExecutor(2) as pool:
        going, withdrawn = pool.submit(let_go), pool.submit(withdraw)
        going.result()
    released = len(house.said("message.released"))
    assert (withdrawn.result(), house.message(draft["id"]).state, released) in [
        (200, "draft", 0),
        (409, "released", 1),
    ]


def test_a_withdrawn_message_is_a_draft_again(house: House, make_pupils: MakePupils) -> None:
    draft, snapshot = house.draft(), house.town.add_snapshot(make_pupils(3))
    house.press(draft["id"], snapshot)
    answer = house.client.post(f"/messages/{draft['id']}/withdraw", headers=house.staff())
    assert (answer.status_code, answer.json["state"], answer.json["heads"]) == (200, "draft", None)
    house.run(release.release_due, after=timedelta(minutes=1))
    assert house.said("message.released") == []
    assert house.press(draft["id"], snapshot).json["already"] is False


def test_a_late_repetition_of_a_withdrawn_press_does_not_send(
    house: House, make_pupils: MakePupils
) -> None:
    draft, snapshot = house.draft(), house.town.add_snapshot(make_pupils(3))
    house.press(draft["id"], snapshot, key="press")
    house.client.post(f"/messages/{draft['id']}/withdraw", headers=house.staff())
    late = house.press(draft["id"], snapshot, key="press")
    assert (late.status_code, late.json["state"], late.json["already"]) == (202, "draft", True)


def test_after_the_release_nothing_can_be_withdrawn_or_edited(
    house: House, make_pupils: MakePupils
) -> None:
    message_id = house.send(make_pupils(3))
    answer = house.client.post(f"/messages/{message_id}/withdraw", headers=house.staff())
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "already_released")
    edit = house.client.patch(
        f"/messages/{message_id}", json={"version": 1, "body": "x"}, headers=house.staff()
    )
    assert (edit.status_code, edit.json["error"]["code"]) == (409, "not_a_draft")
    assert house.client.delete(f"/messages/{message_id}", headers=house.staff()).status_code == 409


def test_send_now_ends_the_window(house: House, make_pupils: MakePupils) -> None:
    draft = house.draft()
    path = f"/messages/{draft['id']}/send-now"
    assert house.client.post(path, headers=house.staff()).status_code == 409
    house.press(draft["id"], house.town.add_snapshot(make_pupils(3)))
    assert house.client.post(path, headers=house.staff()).json["state"] == "released"
    assert house.client.post(path, headers=house.staff()).json["already"] is True
    assert len(house.said("message.released")) == 1
    assert _operations(house)[-1] == "message.sent_now"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"subject": "〔行事〕", "body": "本文", "blanks": [{"text": "〔行事〕"}]}, "blanks_left"),
        ({"subject": "件名", "body": "〔　〕"}, "brackets_unsure"),
        ({"subject": " ", "body": "本文"}, "subject_invalid"),
        ({"subject": "件名", "body": ""}, "body_empty"),
    ],
)
def test_what_is_not_ready_is_not_sent(
    house: House, make_pupils: MakePupils, content: dict[str, str], code: str
) -> None:
    draft = house.draft(**content)
    answer = house.press(draft["id"], house.town.add_snapshot(make_pupils(3)))
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert house.message(draft["id"]).state == "draft"


def test_a_refused_press_may_be_pressed_again_with_the_same_key(
    house: House, make_pupils: MakePupils
) -> None:
    draft, snapshot = house.draft(body="〔　〕"), house.town.add_snapshot(make_pupils(3))
    assert house.press(draft["id"], snapshot, key="k").status_code == 422
    house.client.patch(
        f"/messages/{draft['id']}", json={"version": 1, "body": "本文"}, headers=house.staff()
    )
    assert house.press(draft["id"], snapshot, key="k").json["already"] is False


def test_an_audience_confirmed_long_ago_empty_or_unknown_is_not_sent_to(
    house: House, make_pupils: MakePupils
) -> None:
    draft = house.draft()
    old = house.town.add_snapshot(make_pupils(3), created_at=clock.now() - timedelta(minutes=31))
    empty = house.town.add_snapshot([])
    codes = {}
    for name, snapshot in (("old", old), ("empty", empty), ("unknown", uuid4())):
        answer = house.press(draft["id"], snapshot)
        codes[name] = (answer.status_code, answer.json["error"]["code"])
    assert codes == {
        "old": (422, "snapshot_stale"),
        "empty": (422, "audience_empty"),
        "unknown": (404, "snapshot_unknown"),
    }


def test_what_was_changed_after_the_confirm_screen_is_not_sent_unseen(
    house: House, make_pupils: MakePupils
) -> None:
    draft, snapshot = house.draft(), house.town.add_snapshot(make_pupils(3))
    house.client.patch(
        f"/messages/{draft['id']}",
        json={"version": 1, "body": "ほかの人が直した"},
        headers=house.staff(),
    )
    answer = house.press(draft["id"], snapshot, version=1)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "changed_elsewhere")
    assert house.press(draft["id"], snapshot, version=2).status_code == 202


def test_one_key_releases_one_message(house: House, make_pupils: MakePupils) -> None:
    snapshot = house.town.add_snapshot(make_pupils(3))
    house.press(house.draft()["id"], snapshot, key="k")
    answer = house.press(house.draft()["id"], snapshot, key="k")
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_press_without_a_key_is_refused(house: House, make_pupils: MakePupils) -> None:
    draft, snapshot = house.draft(), house.town.add_snapshot(make_pupils(3))
    body = {"snapshot_id": str(snapshot)}
    answer = house.client.post(f"/messages/{draft['id']}/release", json=body, headers=house.staff())
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json["error"]["fields"]


def test_a_school_whose_contract_ended_sends_nothing(house: House, make_pupils: MakePupils) -> None:
    house.town.school = replace(house.town.school, state="ended")
    answer = house.press(house.draft()["id"], house.town.add_snapshot(make_pupils(3)))
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "contract_ended")


def test_who_lost_the_urgent_right_does_not_send_an_urgent_draft(
    house: House, make_pupils: MakePupils
) -> None:
    draft = house.draft(lane="urgent")
    answer = house.press(
        draft["id"], house.town.add_snapshot(make_pupils(3)), headers=house.staff(["messages.send"])
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "urgent_not_allowed")


def test_who_is_limited_to_own_classes_cannot_use_a_wider_audience_of_somebody_else(
    house: House, make_pupils: MakePupils, make_audience: MakeAudience
) -> None:
    own, other = uuid4(), uuid4()
    teacher = house.sender([own])
    draft = house.draft()
    for chosen in (
        {"group_ids": [own, other]},
        {"group_ids": [own], "member_ids": [uuid4()]},
        {"member_ids": [uuid4()]},
    ):
        wide = house.town.add_snapshot(
            make_pupils(3), created_by=uuid4(), audience=make_audience(**chosen)
        )
        answer = house.press(draft["id"], wide, headers=teacher)
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "audience_out_of_scope")
        preview = house.client.get(
            f"/messages/{draft['id']}/content?snapshot_id={wide}", headers=teacher
        )
        assert (preview.status_code, preview.json["error"]["code"]) == (
            403,
            "audience_out_of_scope",
        )
    inside = house.town.add_snapshot(
        make_pupils(3), created_by=uuid4(), audience=make_audience(group_ids=[own])
    )
    assert house.press(draft["id"], inside, headers=teacher).status_code == 202


def test_families_are_not_told_a_childs_name_when_the_draft_has_moved_on_from_what_was_confirmed(
    house: House, make_pupils: MakePupils, make_audience: MakeAudience
) -> None:
    confirmed = make_audience(group_ids=[uuid4()], member_ids=[uuid4()])
    words = {"label": "4年2組・4年2組 12番 高木 さくら さん", "family_label": None}
    snapshot_id = house.town.add_snapshot(make_pupils(3), audience=confirmed, **words)
    draft = house.draft(audience=make_audience(group_ids=confirmed["group_ids"]))
    path = f"/messages/{draft['id']}/content"
    shown = house.get(path, query_string={"snapshot_id": str(snapshot_id)})
    assert (shown["addressing"], shown["names_people"]) == (None, True)
    assert house.press(draft["id"], snapshot_id).status_code == 202
    assert house.get(path)["addressing"] is None
    assert house.get(f"/messages/{draft['id']}")["audience"] == confirmed


def test_a_stop_is_told_to_the_dispatchers_once(house: House, make_pupils: MakePupils) -> None:
    message_id = house.send(make_pupils(3))
    path = f"/messages/{message_id}/stop"
    assert house.client.post(path, headers=house.staff()).json["state"] == "stopped"
    assert house.client.post(path, headers=house.staff()).json["already"] is True
    assert [event.payload for event in house.said("message.stopped")] == [
        {"message_id": message_id}
    ]


def test_what_is_not_being_sent_cannot_be_stopped(house: House, make_pupils: MakePupils) -> None:
    draft = house.draft()
    assert (
        house.client.post(f"/messages/{draft['id']}/stop", headers=house.staff()).status_code == 409
    )
    house.press(draft["id"], house.town.add_snapshot(make_pupils(3)))
    answer = house.client.post(f"/messages/{draft['id']}/stop", headers=house.staff())
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "not_being_sent")


def test_a_test_goes_to_oneself_alone_and_leaves_the_draft_as_it_is(house: House) -> None:
    me = uuid4()
    draft = house.draft(lane="urgent", body="〔　〕を持ってきてください")
    path = f"/messages/{draft['id']}/test-send"
    answer = house.client.post(path, headers=house.staff(member_id=me))
    assert answer.status_code == 202
    copy = house.message(answer.json["message_id"])
    assert (copy.state, copy.lane, copy.test_of) == ("released", "normal", UUID(draft["id"]))
    assert copy.subject == "（テスト）" + draft["subject"]
    house.pump()
    assert list(house.recipients(copy.id)) == [me]
    assert house.message(draft["id"]).state == "draft"
    assert [item["id"] for item in house.get("/messages")["items"]] == [draft["id"]]
    progress = house.get(f"/messages/{copy.id}/progress", headers=house.staff(member_id=me))
    assert progress["counts"]["delivering"] == 1


def test_who_stands_in_no_roster_is_told_that_no_test_can_reach_them(house: House) -> None:
    answer = house.client.post(f"/messages/{house.draft()['id']}/test-send", headers=house.staff())
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "no_own_contact_point")


def test_an_audience_that_was_counted_for_other_channels_is_not_sent_to(
    three_channels: House, make_pupils: MakePupils
) -> None:
    """Back from 「メールとアプリだけ」 to an older page, and LINE went out unseen."""
    house = three_channels
    draft = house.draft()["id"]
    counted = house.town.add_snapshot(make_pupils(1), channels=("mail", "push"))
    refused = house.press(draft, counted)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "snapshot_stale")
    assert (
        house.press(
            draft, house.town.add_snapshot(make_pupils(1), channels=("mail", "line", "push"))
        ).status_code
        == 202
    )


def test_a_message_that_is_taken_back_has_its_blanks_again(
    house: House, make_pupils: MakePupils
) -> None:
    """A wrong time in five places is one field, before the press and after it."""
    blanks = [{"text": "〔13時〕", "value": "14時"}]
    draft = house.draft(subject="下校は〔13時〕", body="〔13時〕です", blanks=blanks)["id"]
    house.press(draft, house.town.add_snapshot(make_pupils(1)))
    assert house.get(f"/messages/{draft}")["subject"] == "下校は14時", (
        "as it will arrive, while it can be taken back"
    )
    assert (
        house.client.post(f"/messages/{draft}/withdraw", headers=house.staff()).status_code == 200
    )
    taken_back = house.get(f"/messages/{draft}")
    assert (taken_back["subject"], taken_back["blanks"]) == ("下校は〔13時〕", blanks)
