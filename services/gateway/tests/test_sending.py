"""From the empty form to the board of a send, without JavaScript (MSG-1, MSG-4, MSG-8, MSG-11, MSG-23)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from town_school import CLASS_42, TEMPLATES, WHOLE, make_account, make_id

from common import clock
from common.errors import Invalid, Refused, Unavailable
from gateway.clients.calls import BEGIN_DRAFT, GROUPS, MAIL_PREVIEW, RELEASE, WITHDRAW
from gateway.domain import dates

URGENT, OUTING = (template["id"] for template in TEMPLATES)


def only(houses: FakeHouses) -> dict[str, object]:
    (message,) = houses.messages.values()
    return message


def write(browser: Browser, group: str = CLASS_42, **typed: str) -> Browser:
    """Write a notice and go to the confirm screen."""
    text = {"subject": "持ち物", "body": "お弁当と水筒", **typed}
    return browser.open("/messages/new").press("confirm", group=group, **text)


def test_a_class_teacher_sends_to_the_own_class_in_three_presses(houses: FakeHouses, teacher: Browser) -> None:
    teacher.open("/messages/new")
    assert "宛先：4年2組 対象 26人" in teacher.words
    teacher.press("confirm", subject="持ち物", body="お弁当")
    assert "まだ送られていません" in teacher.words
    assert "4年2組の25人に送る（1人には届きません）" in teacher.words
    teacher.press(form="/release")
    assert only(houses)["state"] == "pending"
    assert "まだだれにも送られていません" in teacher.words


def test_nothing_is_chosen_for_an_administrator(houses: FakeHouses, deputy: Browser) -> None:
    houses.account = make_account(group_ids=[CLASS_42])
    assert "宛先を選んでください" in deputy.open("/messages/new").words
    deputy.press("confirm", subject="持ち物", body="お弁当")
    assert deputy.status == 422
    assert deputy.html.count("宛先を選んでください。") == 1
    assert only(houses)["subject"] == "持ち物"


def test_a_limited_person_is_offered_own_groups_only(teacher: Browser) -> None:
    values = [given["value"] for tag, given in teacher.open("/messages/new").read().tags if given.get("name") == "group"]
    assert values == [CLASS_42]


def test_the_confirm_screen_says_who_will_not_be_reached_and_shows_the_mail(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy)
    assert "4年2組の児童 26人の保護者" in deputy.words
    assert "受信先 34件（メール 34）" in deputy.words
    assert "きょうだいのいる 3家庭には1通にまとめます" in deputy.words
    assert "4年2組 22番 藤田 さくら （受信登録がありません）" in deputy.words
    assert "つばめ野小：持ち物" in deputy.words
    assert "4年2組の保護者の皆様" in deputy.words
    assert "tsubameno@renraku.example" in deputy.words
    houses.failures[MAIL_PREVIEW] = Unavailable("service_away", "Away.")
    deputy.open(deputy.path)
    assert deputy.status == 200
    assert "いまは見本を出せません。" in deputy.words
    assert "4年2組の25人に送る" in deputy.words, "a house that is away holds up no send"


def test_open_blanks_take_the_buttons_place(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/messages/new").press(f"apply:{OUTING}").press("confirm", group=CLASS_42)
    assert "空欄〔 〕が 4か所残っています" in deputy.words
    assert "25人に送る" not in deputy.words
    assert '<mark class="blank">〔みなも浄水場〕</mark>' in deputy.html


def test_brackets_of_ones_own_are_asked_about_once_and_sent_as_they_are(houses: FakeHouses, deputy: Browser) -> None:
    """B33: 〔参考〕 is no blank; 「このまま送る」 is one press."""
    write(deputy, body="〔参考〕 令和8年度の行事")
    assert "〔参考〕は、書き忘れた空欄ではありませんか。" in deputy.words
    assert "このまま送る：4年2組の25人に送る" in deputy.words
    deputy.press(form="/release")
    assert only(houses)["state"] == "pending"
    assert only(houses)["kept_brackets"] == ["〔参考〕"]


def test_a_message_that_reaches_nobody_has_no_button(houses: FakeHouses, deputy: Browser) -> None:
    """S2 16."""
    child = houses.members[21]["id"]
    deputy.open("/messages/new").press("find", query="4-2-22")
    deputy.press("confirm", member=child, subject="面談", body="ご相談")
    assert "この宛先には、いまは届きません" in deputy.words
    assert "に送る" not in deputy.words.replace("自分に試しに送る", "")


def test_every_channel_is_seen_as_it_will_arrive(houses: FakeHouses, deputy: Browser) -> None:
    """S1 1: what LINE and the lock screen would say stood nowhere."""
    houses.channels = ["mail", "line", "app"]
    write(deputy, short_text="お弁当の日です")
    assert "お弁当の日です" in deputy.html.split('data-preview="line"')[1].split('data-preview="app"')[0]
    assert "つばめ野小" in deputy.html.split('data-preview="app"')[1]


def test_a_short_text_of_a_template_whose_body_was_written_over_goes_with_it(houses: FakeHouses, deputy: Browser) -> None:
    """S1 1 (a): a notice about band practice reached LINE as 「本日は臨時休業です」."""
    deputy.open("/messages/new").press(f"apply:{URGENT}")
    deputy.press("confirm", subject="金管バンドの練習日", body="土曜日の9時からです。", group=CLASS_42)
    assert only(houses)["short_text"] == ""
    assert "「LINEと通知に出る短い文」は消しました" in deputy.words


def test_a_short_text_that_was_typed_or_still_fits_stays(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/messages/new").press(f"apply:{URGENT}").press("confirm", group=CLASS_42)
    assert only(houses)["short_text"] == "本日は臨時休業です。"
    houses.messages.clear()
    deputy.open("/messages/new").press(f"apply:{URGENT}")
    deputy.press("confirm", body="別の本文です。", short_text="自分で書いた短い文", group=CLASS_42)
    assert only(houses)["short_text"] == "自分で書いた短い文"


def test_a_template_settles_lane_audience_and_today_and_says_so(houses: FakeHouses, deputy: Browser) -> None:
    """S2 19: 臨時休業 went out without 【緊急】 in the normal lane."""
    deputy.open("/messages/new").press(f"apply:{URGENT}")
    assert "種類を「緊急のお知らせ」、宛先を「全校」、カテゴリを「緊急・安全」にしました。" in deputy.words
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


def test_another_template_takes_back_what_the_first_one_settled(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/messages/new").press(f"apply:{URGENT}").press(f"apply:{OUTING}")
    deputy.press(f"replace:{OUTING}")
    assert "種類を「お知らせ」、宛先をもとのとおり" in deputy.words
    assert ("lane", "normal") in deputy.form().fields
    assert "宛先を選んでください" in deputy.words


def test_what_is_saved_is_answered_as_saved_though_directory_is_away(houses: FakeHouses, deputy: Browser) -> None:
    """Three saves of one form, each answered 503, began three drafts."""
    fields = dict(deputy.open("/messages/new").form().fields) | {"do": "autosave", "subject": "持ち物"}
    houses.failures[GROUPS] = Unavailable("service_away", "Away.")
    told = deputy.client.post("/messages/new", data=fields)
    assert told.status_code == 200
    assert told.get_json()["version"] == 1
    assert next(request["json"]["id"] for call, request in houses.asked if call == BEGIN_DRAFT) == fields["new_id"]


def test_a_confirm_page_of_other_channels_than_the_draft_goes_by_is_not_shown(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy)
    confirm = deputy.path
    only(houses)["channels"] = ["mail", "push"]
    deputy.open(confirm)
    assert "届け方が変わったため、もう一度「確認へ」を押してください。" in deputy.words
    assert deputy.path.endswith("/edit")


def test_a_link_chooses_no_form_of_ours(houses: FakeHouses, deputy: Browser) -> None:
    """「元に戻す」 would have sent a message to where the link said."""
    deputy.open("/messages/new").press("save", subject="下書き", body="本文")
    message = only(houses)["id"]
    deputy.open(f"/messages/drafts?deleted={message}/release?snapshot={message}%23")
    assert "元に戻す" not in deputy.words
    assert "/release" not in deputy.html


def test_lists_of_a_message_that_waits_for_its_undo_window_are_pages(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy).press(form="/release")
    message = only(houses)["id"]
    for page in ("recipients", "phone-list"):
        assert deputy.open(f"/messages/{message}/{page}").status == 200, page


def test_a_list_of_one_class_counts_that_class(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy, group=WHOLE).press(form="/release", ticked="1").press(form="/send-now")
    message = only(houses)["id"]
    deputy.open(f"/messages/{message}/recipients?state=unreached&class={CLASS_42}")
    assert "対象 26人（全体 300人のうち）" in deputy.words
    assert "届いていません 1" in deputy.words
    assert f"state=all&amp;class={CLASS_42}" in deputy.html


def test_a_deleted_draft_is_brought_back_from_the_next_page(houses: FakeHouses, deputy: Browser) -> None:
    """S2 12: one press, and it was gone for good."""
    deputy.open("/messages/new").press("save", subject="文言の試し", body="はじめの言葉", group=CLASS_42)
    deputy.open("/messages/drafts")
    assert "文言の試し 4年2組" in deputy.words
    assert "はじめの言葉" in deputy.words
    deputy.press(form="/discard")
    assert "30日のあいだは元に戻せます。" in deputy.words
    deputy.press(form="/restore")
    assert "下書きを元に戻しました。" in deputy.words
    assert only(houses)["subject"] == "文言の試し"


def test_the_whole_school_needs_a_tick(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy, group=WHOLE)
    confirm = deputy.path
    deputy.press(form="/release")
    assert "まだ送っていません。" in deputy.words
    assert only(houses)["state"] == "draft"
    deputy.open(confirm).press(form="/release", ticked="1")
    assert only(houses)["state"] == "pending"


def test_an_urgent_message_of_an_administrator_needs_no_tick(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/messages/new?lane=urgent").press(f"apply:{URGENT}", group=WHOLE)
    deputy.press("confirm", subject="本日は臨時休業です", body="本日は臨時休業です。")
    assert "全校299人に緊急で送る" in deputy.words
    deputy.press(form="/release")
    assert only(houses)["state"] == "pending"
    assert only(houses)["lane"] == "urgent"


def test_a_second_press_of_send_changes_nothing_and_says_so(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy)
    fields = dict(deputy.form("/release").fields)
    address = deputy.form("/release").action
    deputy.post(address, fields)
    message = only(houses)
    message.update(state="released", released_at="2026-11-23T22:31:00+00:00")
    deputy.post(address, fields)
    assert "この連絡は 7:31 に送信済みです。もう一度は送られていません。" in deputy.words
    keys = [request["headers"]["Idempotency-Key"] for call, request in houses.asked if call == RELEASE]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(keys[0]) >= 20


def test_a_message_can_be_taken_back_or_hurried(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy).press(form="/release")
    deputy.press(form="/withdraw")
    assert "取りやめました。だれにも送られていません。" in deputy.words
    assert deputy.path.endswith("/edit")
    deputy.press("confirm", group=CLASS_42).press(form="/release").press(form="/send-now")
    assert only(houses)["state"] == "released"
    assert "送信しています" in deputy.words


def test_a_test_goes_to_oneself_and_leaves_the_draft(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy)
    message = only(houses)
    deputy.post(f"/messages/{message['id']}/test-send", dict(deputy.form("/release").fields))
    assert "自分あてに試しに送りました。 届いたかどうかを見る" in deputy.words
    assert "4年2組の25人に送る（1人には届きません）" in deputy.words
    assert message["state"] == "draft"


def test_too_late_to_take_back_is_said_with_what_can_be_done(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy).press(form="/release")
    houses.failures[WITHDRAW] = Refused("already_released", "On its way.")
    deputy.press(form="/withdraw")
    assert "「残りを止める」で、まだ渡していない分を止められます。" in deputy.words


def test_a_template_fills_an_empty_form_and_asks_before_it_replaces(houses: FakeHouses, deputy: Browser) -> None:
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
    assert "宛先：4年2組 14番 髙橋 陽菜 さん 対象 1人" in deputy.open(deputy.path.replace("confirm", "edit")).words
    deputy.press("confirm")
    assert "4年2組 14番 髙橋 陽菜 さんの保護者に送る" in deputy.words


def test_more_single_children_than_an_audience_takes_are_refused_in_words(houses: FakeHouses, deputy: Browser) -> None:
    houses.failures[BEGIN_DRAFT] = Invalid("invalid", "Too many.", fields={"audience": {"member_ids": ["Longer than 1000."]}})
    write(deputy, subject="遠足")
    assert deputy.status == 422
    assert "1人ずつ選べるのは1,000人までです。学年・学級やグループで選んでください。" in deputy.words
    assert 'class="sheet wrong"' in deputy.html
    assert dict(deputy.form().fields)["subject"] == "遠足"


def test_enter_saves_the_draft_and_never_sends(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open("/messages/new").press("enter", subject="持ち物", group=CLASS_42)
    assert "下書きを保存しました" in deputy.words
    assert only(houses)["audience"]["group_ids"] == [CLASS_42]


def test_the_script_saves_and_learns_what_the_strip_says(houses: FakeHouses, deputy: Browser) -> None:
    fields = dict(deputy.open("/messages/new").form().fields) | {"do": "autosave", "group": CLASS_42, "subject": "持ち物"}
    told = deputy.client.post("/messages/new", data=fields).get_json()
    assert told["strip"] == "宛先：4年2組　対象 26人"
    assert told["action"] == f"/messages/{only(houses)['id']}/edit"
    fields["version"] = "7"
    refused = deputy.client.post(told["action"], data=fields)
    assert refused.status_code == 409
    assert "別の画面で書きかえられています" in refused.get_json()["error"]


@pytest.mark.parametrize("error", [Unavailable("service_away", "Away."), Refused("something_new", "New.")])
def test_what_was_typed_survives_every_failure(houses: FakeHouses, deputy: Browser, error: Refused) -> None:
    houses.failures[BEGIN_DRAFT] = error
    write(deputy, subject="大切な件名", body="長い本文")
    fields = dict(deputy.form().fields)
    assert fields["subject"] == "大切な件名"
    assert fields["body"] == "長い本文"
    assert "入力した内容は残っています" in deputy.words


@pytest.mark.parametrize("version", ["9" * 5000, "²", "-1", "x"])
def test_a_version_that_no_draft_can_have_breaks_nothing(houses: FakeHouses, deputy: Browser, version: str) -> None:
    fields = dict(write(deputy).form("/release").fields) | {"version": version}
    assert deputy.client.post(f"/messages/{only(houses)['id']}/release", data=fields).status_code == 303


def test_half_and_nine_tenths_are_told_after_a_send(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy).press(form="/release")
    message = only(houses)
    message.update(state="complete", released_at="2026-11-23T22:31:04+00:00", completed_at="2026-11-23T22:31:42+00:00")
    houses.counts[str(message["id"])] = {"confirmed": 12, "delivered": 13, "unreached": 1}
    deputy.open(f"/messages/{message['id']}")
    assert "送信が終わりました（7:31:42、38秒）。半数に9秒、9割に21秒で渡りました。" in deputy.words
    deputy.open(f"/messages/{message['id']}/recipients?state=unreached")
    assert "この宛先はもう使われていません" in deputy.words
    assert deputy.words.index("2 池田 結衣") < deputy.words.index("26 渡邉 希")


def test_the_home_page_shows_what_waits_and_is_calm_otherwise(houses: FakeHouses, deputy: Browser) -> None:
    assert "いまは、することがありません。" in deputy.open("/").words
    write(deputy).press(form="/release").press(form="/send-now")
    houses.counts[str(only(houses)["id"])] = {"confirmed": 5, "delivered": 12, "unreached": 9}
    words = deputy.open("/board").words
    assert "確認済み 5 未確認 12 （配信済み 12） 届いていません 9" in words


def test_html_in_every_field_is_shown_as_text(houses: FakeHouses, deputy: Browser) -> None:
    evil = '"><script>alert(1)</script><b onclick=x>'
    for member in houses.members:
        member["display_name"] = member["class_name"] = evil
    houses.groups[8]["path"] = houses.groups[8]["name"] = evil
    houses.account = make_account(display_name=evil, post=evil)
    write(deputy, subject=evil, body=evil)
    deputy.press(form="/release")
    message = str(only(houses)["id"])
    for address in (
        "/",
        "/messages",
        f"/messages/{message}",
        f"/messages/{message}/recipients",
        "/members",
        "/groups",
        "/messages/new",
        f"/members?query={evil}",
        f"/members/{make_id('child-1')}",
        f"/sign-in?next={evil}",
    ):
        deputy.open(address)
        assert "<script>alert" not in deputy.html, address
        assert "<b onclick" not in deputy.html, address
