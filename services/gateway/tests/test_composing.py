"""The form of a message, without JavaScript: templates, audiences and drafts (MSG-1, MSG-4)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from notices import only, write
from town_school import CLASS_42, TEMPLATES, make_account

from common import clock
from common.errors import Invalid, Refused, Unavailable
from gateway.clients.calls import BEGIN_DRAFT, GROUPS
from gateway.domain import dates

URGENT, OUTING = (template["id"] for template in TEMPLATES)


def test_nothing_is_chosen_for_an_administrator(houses: FakeHouses, deputy: Browser) -> None:
    houses.account = make_account(group_ids=[CLASS_42])
    assert "宛先を選んでください" in deputy.open("/messages/new").words
    deputy.press("confirm", subject="持ち物", body="お弁当")
    assert deputy.status == 422
    assert deputy.html.count("宛先を選んでください。") == 1
    assert only(houses)["subject"] == "持ち物"


def test_a_limited_person_is_offered_own_groups_only(teacher: Browser) -> None:
    values = [
        given["value"]
        for tag, given in teacher.open("/messages/new").read().tags
        if given.get("name") == "group"
    ]
    assert values == [CLASS_42]


def test_a_short_text_of_a_template_whose_body_was_written_over_goes_with_it(
    houses: FakeHouses, deputy: Browser
) -> None:
    """S1 1 (a): a notice about band practice reached LINE as 「本日は臨時休業です」."""
    deputy.open("/messages/new").press(f"apply:{URGENT}")
    deputy.press(
        "confirm", subject="金管バンドの練習日", body="土曜日の9時からです。", group=CLASS_42
    )
    assert only(houses)["short_text"] == ""
    assert "「LINEと通知に出る短い文」は消しました" in deputy.words


def test_a_short_text_that_was_typed_or_still_fits_stays(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open("/messages/new").press(f"apply:{URGENT}").press("confirm", group=CLASS_42)
    assert only(houses)["short_text"] == "本日は臨時休業です。"
    houses.messages.clear()
    deputy.open("/messages/new").press(f"apply:{URGENT}")
    deputy.press("confirm", body="別の本文です。", short_text="自分で書いた短い文", group=CLASS_42)
    assert only(houses)["short_text"] == "自分で書いた短い文"


def test_a_template_settles_lane_audience_and_today_and_says_so(
    houses: FakeHouses, deputy: Browser
) -> None:
    """S2 19: 臨時休業 went out without 【緊急】 in the normal lane."""
    deputy.open("/messages/new").press(f"apply:{URGENT}")
    assert (
        "種類を「緊急のお知らせ」、宛先を「全校」、カテゴリを「緊急・安全」にしました。"
        in deputy.words
    )
    assert "宛先：全校 対象 300人" in deputy.words
    fields = deputy.form().fields
    assert ("lane", "urgent") in fields
    blanks = [value for name, value in fields if name == "blank"]
    fills = [value for name, value in fields if name == "fill"]
    assert blanks == ["〔11月24日（火）〕", "〔午前6時〕", "〔暴風警報〕"]
    today = clock.today()
    assert fills == [dates.say_day(today, today=today), "", ""]


def test_a_template_settles_no_more_than_its_user_may(houses: FakeHouses, teacher: Browser) -> None:
    teacher.open("/messages/new").press(f"apply:{URGENT}")
    assert "ひな形に合わせて、カテゴリを「緊急・安全」にしました。" in teacher.words
    assert "宛先：4年2組 対象 26人" in teacher.words


def test_another_template_takes_back_what_the_first_one_settled(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open("/messages/new").press(f"apply:{URGENT}").press(f"apply:{OUTING}")
    deputy.press(f"replace:{OUTING}")
    assert "種類を「お知らせ」、宛先をもとのとおり" in deputy.words
    assert ("lane", "normal") in deputy.form().fields
    assert "宛先を選んでください" in deputy.words


def test_what_is_saved_is_answered_as_saved_though_directory_is_away(
    houses: FakeHouses, deputy: Browser
) -> None:
    """Three saves of one form, each answered 503, began three drafts."""
    fields = dict(deputy.open("/messages/new").form().fields) | {
        "do": "autosave",
        "subject": "持ち物",
    }
    houses.failures[GROUPS] = Unavailable("service_away", "Away.")
    told = deputy.client.post("/messages/new", data=fields)
    assert told.status_code == 200
    assert told.get_json()["version"] == 1
    assert (
        next(request["json"]["id"] for call, request in houses.asked if call == BEGIN_DRAFT)
        == fields["new_id"]
    )


def test_a_link_chooses_no_form_of_ours(houses: FakeHouses, deputy: Browser) -> None:
    """「元に戻す」 would have sent a message to where the link said."""
    deputy.open("/messages/new").press("save", subject="下書き", body="本文")
    message = only(houses)["id"]
    deputy.open(f"/messages/drafts?deleted={message}/release?snapshot={message}%23")
    assert "元に戻す" not in deputy.words
    assert "/release" not in deputy.html


def test_a_deleted_draft_is_brought_back_from_the_next_page(
    houses: FakeHouses, deputy: Browser
) -> None:
    """S2 12: one press, and it was gone for good."""
    deputy.open("/messages/new").press(
        "save", subject="文言の試し", body="はじめの言葉", group=CLASS_42
    )
    deputy.open("/messages/drafts")
    assert "文言の試し 4年2組" in deputy.words
    assert "はじめの言葉" in deputy.words
    deputy.press(form="/discard")
    assert "30日のあいだは元に戻せます。" in deputy.words
    deputy.press(form="/restore")
    assert "下書きを元に戻しました。" in deputy.words
    assert only(houses)["subject"] == "文言の試し"


def test_a_template_fills_an_empty_form_and_asks_before_it_replaces(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open("/messages/new").press(f"apply:{OUTING}")
    assert "校外学習（〔12月4日（金）〕）の持ち物について" in deputy.html
    assert "空欄を入力してください （あと 4 か所）" in deputy.words
    deputy.press(f"apply:{URGENT}", subject="自分で書いた件名")
    assert "置きかえますか" in deputy.words
    assert "自分で書いた件名" in deputy.html
    deputy.press("keep")
    assert "自分で書いた件名" in deputy.html
    deputy.press(f"apply:{URGENT}").press(f"replace:{URGENT}")
    assert "自分で書いた件名" not in deputy.html
    assert "〔暴風警報〕" in deputy.html
    assert houses.messages == {}


def test_one_child_is_found_by_class_and_number(houses: FakeHouses, deputy: Browser) -> None:
    child = houses.members[13]["id"]
    deputy.open("/messages/new").press("find", query="4-2-14")
    assert "4年2組 14番 髙橋 陽菜" in deputy.words
    deputy.press("confirm", member=child, subject="面談", body="ご相談")
    assert (
        "宛先：4年2組 14番 髙橋 陽菜 さん 対象 1人"
        in deputy.open(deputy.path.replace("confirm", "edit")).words
    )
    deputy.press("confirm")
    assert "4年2組 14番 髙橋 陽菜 さんの保護者に送る" in deputy.words


def test_more_single_children_than_an_audience_takes_are_refused_in_words(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.failures[BEGIN_DRAFT] = Invalid(
        "invalid", "Too many.", fields={"audience": {"member_ids": ["Longer than 1000."]}}
    )
    write(deputy, subject="遠足")
    assert deputy.status == 422
    assert (
        "1人ずつ選べるのは1,000人までです。学年・学級やグループで選んでください。" in deputy.words
    )
    assert 'class="sheet wrong"' in deputy.html
    assert dict(deputy.form().fields)["subject"] == "遠足"


def test_what_a_colleague_opened_to_all_stays_open_when_another_writes_on(
    houses: FakeHouses, deputy: Browser
) -> None:
    """ID-7: who sees everything anyway has no such box, and closes nothing by saving."""
    houses.account = make_account(own_messages=True)
    deputy.open("/messages/new").press("save", subject="校外学習", open_to_staff="1")
    draft = only(houses)
    assert draft["open_to_staff"] is True
    houses.account = make_account(own_messages=False)
    deputy.open(f"/messages/{draft['id']}/edit").press("save", body="お弁当を持たせてください。")
    assert "ほかの教職員にも見えるようにする" not in deputy.words
    draft = only(houses)
    assert (draft["body"], draft["open_to_staff"]) == ("お弁当を持たせてください。", True)


def test_enter_saves_the_draft_and_never_sends(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/messages/new").press("enter", subject="持ち物", group=CLASS_42)
    assert "下書きを保存しました" in deputy.words
    assert only(houses)["audience"]["group_ids"] == [CLASS_42]


def test_the_script_saves_and_learns_what_the_strip_says(
    houses: FakeHouses, deputy: Browser
) -> None:
    fields = dict(deputy.open("/messages/new").form().fields) | {
        "do": "autosave",
        "group": CLASS_42,
        "subject": "持ち物",
    }
    told = deputy.client.post("/messages/new", data=fields).get_json()
    assert told["strip"] == "宛先：4年2組　対象 26人"
    assert told["action"] == f"/messages/{only(houses)['id']}/edit"
    fields["version"] = "7"
    refused = deputy.client.post(told["action"], data=fields)
    assert refused.status_code == 409
    assert "別の画面で書きかえられています" in refused.get_json()["error"]


@pytest.mark.parametrize(
    "error", [Unavailable("service_away", "Away."), Refused("something_new", "New.")]
)
def test_what_was_typed_survives_every_failure(
    houses: FakeHouses, deputy: Browser, error: Refused
) -> None:
    houses.failures[BEGIN_DRAFT] = error
    write(deputy, subject="大切な件名", body="長い本文")
    fields = dict(deputy.form().fields)
    assert fields["subject"] == "大切な件名"
    assert fields["body"] == "長い本文"
    assert "入力した内容は残っています" in deputy.words
