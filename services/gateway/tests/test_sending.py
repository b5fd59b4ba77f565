"""From confirm screen to board of a send, without JavaScript (MSG-1, MSG-8, MSG-11, MSG-23)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from notices import only, write
from town_school import CLASS_42, TEMPLATES, WHOLE, make_account, make_id

from common.errors import NotFound, Refused, Unavailable
from gateway.clients.calls import (
    GROUPS,
    MAIL_PREVIEW,
    MESSAGE_BOARD,
    PROGRESS,
    RELEASE,
    RESOLVE,
    ROSTER_BOARD,
    WITHDRAW,
)

URGENT, OUTING = (template["id"] for template in TEMPLATES)


def test_a_class_teacher_sends_to_the_own_class_in_three_presses(
    houses: FakeHouses, teacher: Browser
) -> None:
    teacher.open("/messages/new")
    assert "宛先：4年2組 対象 26人" in teacher.words
    teacher.press("confirm", subject="持ち物", body="お弁当")
    assert "まだ送られていません" in teacher.words
    assert "4年2組の25人に送る（1人には届きません）" in teacher.words
    teacher.press(form="/release")
    assert only(houses)["state"] == "pending"
    assert "まだだれにも送られていません" in teacher.words


def test_the_confirm_screen_says_who_will_not_be_reached_and_shows_the_mail(
    houses: FakeHouses, deputy: Browser
) -> None:
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


def test_brackets_of_ones_own_are_asked_about_once_and_sent_as_they_are(
    houses: FakeHouses, deputy: Browser
) -> None:
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
    houses.channels = ["mail", "line", "push"]
    write(deputy, short_text="お弁当の日です")
    assert (
        "お弁当の日です"
        in deputy.html.split('data-preview="line"')[1].split('data-preview="push"')[0]
    )
    assert "つばめ野小" in deputy.html.split('data-preview="push"')[1]


def test_a_confirm_page_of_other_channels_than_the_draft_goes_by_is_not_shown(
    houses: FakeHouses, deputy: Browser
) -> None:
    write(deputy)
    confirm = deputy.path
    only(houses)["channels"] = ["mail", "push"]
    deputy.open(confirm)
    assert "届け方が変わったため、もう一度「確認へ」を押してください。" in deputy.words
    assert deputy.path.endswith("/edit")


def test_a_confirm_page_whose_audience_is_gone_leads_back_to_the_draft(
    houses: FakeHouses, deputy: Browser
) -> None:
    write(deputy)
    confirm = deputy.path
    houses.snapshots.clear()
    deputy.open(confirm)
    assert "この確認画面は古くなりました。「確認へ」を押して" in deputy.words
    assert deputy.path.endswith("/edit")
    assert only(houses)["state"] == "draft"


def test_a_press_on_a_confirm_page_whose_audience_is_gone_leads_back_to_the_draft(
    houses: FakeHouses, deputy: Browser
) -> None:
    write(deputy)
    houses.failures[RELEASE] = NotFound("snapshot_not_found", "There is no such snapshot.")
    deputy.press(form="/release")
    assert "この確認画面は古くなりました。「確認へ」を押して" in deputy.words
    assert deputy.path.endswith("/edit")
    assert only(houses)["state"] == "draft"


def test_lists_of_a_message_that_waits_for_its_undo_window_are_pages(
    houses: FakeHouses, deputy: Browser
) -> None:
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


def test_the_whole_school_needs_a_tick(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy, group=WHOLE)
    confirm = deputy.path
    deputy.press(form="/release")
    assert "まだ送っていません。" in deputy.words
    assert only(houses)["state"] == "draft"
    deputy.open(confirm).press(form="/release", ticked="1")
    assert only(houses)["state"] == "pending"


def test_an_urgent_message_of_an_administrator_needs_no_tick(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open("/messages/new?lane=urgent").press(f"apply:{URGENT}", group=WHOLE)
    deputy.press("confirm", subject="本日は臨時休業です", body="本日は臨時休業です。")
    assert "全校299人に緊急で送る" in deputy.words
    deputy.press(form="/release")
    assert only(houses)["state"] == "pending"
    assert only(houses)["lane"] == "urgent"


def test_a_second_press_of_send_changes_nothing_and_says_so(
    houses: FakeHouses, deputy: Browser
) -> None:
    write(deputy)
    fields = dict(deputy.form("/release").fields)
    address = deputy.form("/release").action
    deputy.post(address, fields)
    message = only(houses)
    message.update(state="released", released_at="2026-11-23T22:31:00+00:00")
    deputy.post(address, fields)
    assert "この連絡は 7:31 に送信済みです。もう一度は送られていません。" in deputy.words
    keys = [
        request["headers"]["Idempotency-Key"] for call, request in houses.asked if call == RELEASE
    ]
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


def test_too_late_to_take_back_is_said_with_what_can_be_done(
    houses: FakeHouses, deputy: Browser
) -> None:
    write(deputy).press(form="/release")
    houses.failures[WITHDRAW] = Refused("already_released", "On its way.")
    deputy.press(form="/withdraw")
    assert "「残りを止める」で、まだ渡していない分を止められます。" in deputy.words


@pytest.mark.parametrize("version", ["9" * 5000, "²", "-1", "x"])
def test_a_version_that_no_draft_can_have_breaks_nothing(
    houses: FakeHouses, deputy: Browser, version: str
) -> None:
    fields = dict(write(deputy).form("/release").fields) | {"version": version}
    assert (
        deputy.client.post(f"/messages/{only(houses)['id']}/release", data=fields).status_code
        == 303
    )


def test_half_and_nine_tenths_are_told_after_a_send(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy).press(form="/release")
    message = only(houses)
    message.update(
        state="complete",
        released_at="2026-11-23T22:31:04+00:00",
        completed_at="2026-11-23T22:31:42+00:00",
    )
    houses.counts[str(message["id"])] = {"confirmed": 12, "delivered": 13, "unreached": 1}
    deputy.open(f"/messages/{message['id']}")
    assert "送信が終わりました（7:31:42、38秒）。半数に9秒、9割に21秒で渡りました。" in deputy.words
    deputy.open(f"/messages/{message['id']}/recipients?state=unreached")
    assert "この宛先はもう使われていません" in deputy.words
    assert deputy.words.index("2 池田 結衣") < deputy.words.index("26 渡邉 希")


def test_the_home_page_shows_what_waits_and_is_calm_otherwise(
    houses: FakeHouses, deputy: Browser
) -> None:
    assert "いまは、することがありません。" in deputy.open("/").words
    write(deputy).press(form="/release").press(form="/send-now")
    houses.counts[str(only(houses)["id"])] = {"confirmed": 5, "delivered": 12, "unreached": 9}
    words = deputy.open("/board").words
    assert "確認済み 5 未確認 12 （配信済み 12） 届いていません 9" in words


def test_the_home_page_asks_each_house_once(houses: FakeHouses, deputy: Browser) -> None:
    houses.asked.clear()
    deputy.open("/")
    assert [call for call, _ in houses.asked] == [RESOLVE, MESSAGE_BOARD, ROSTER_BOARD]


def test_the_page_of_a_message_asks_each_house_once(houses: FakeHouses, deputy: Browser) -> None:
    write(deputy).press(form="/release").press(form="/send-now")
    message_id = only(houses)["id"]
    for path in (f"/messages/{message_id}", f"/messages/{message_id}/progress"):
        houses.asked.clear()
        deputy.open(path)
        assert [call for call, _ in houses.asked] == [RESOLVE, PROGRESS, GROUPS]


def test_a_part_that_asks_by_itself_is_not_sent_again_unchanged(
    houses: FakeHouses, deputy: Browser
) -> None:
    write(deputy).press(form="/release").press(form="/send-now")
    message_id = only(houses)["id"]
    houses.counts[str(message_id)] = {"confirmed": 5}
    tag = deputy.client.get("/board").headers["ETag"]
    unchanged = deputy.client.get("/board", headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    houses.counts[str(message_id)] = {"confirmed": 6}
    changed = deputy.client.get("/board", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_only_what_somebody_does_keeps_a_session_awake(houses: FakeHouses, deputy: Browser) -> None:
    houses.asked.clear()
    deputy.open("/board")
    deputy.open("/")
    resolved = [request["json"]["by_hand"] for call, request in houses.asked if call == RESOLVE]
    assert resolved == [False, True]


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
