"""わたしの受信先 on the pages: mail, LINE and app of who is signed in (DIR-8, ADR 54)."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser
from fake_houses import PASSWORD, FakeHouses
from fake_my_page import make_point
from fake_own_points import DOUBTFUL, MEANT
from fake_registrations import CODE, LINK
from flask import Flask
from test_phones import STRANGE, TOKEN, set_up

from gateway.domain.own_points import OWN_TERMS_VERSION

PAGE = "/own/contact-points"
OUT_OF_TALK = "/t/line?linkToken=token-of-lines&openExternalBrowser=1"
PHONE = {"endpoint": "https://fcm.googleapis.com/fcm/send/x", "p256dh": "BA", "auth": "AA"}


@pytest.fixture
def waiting(deputy: Browser) -> Browser:
    """Return the browser of 教頭, who has typed an address."""
    deputy.open(PAGE).press(form="/mails", address="saeki@town.test")
    assert deputy.path.startswith(f"{PAGE}/mails/")
    return deputy


def over_to_line(browser: Browser) -> dict[str, list[str]]:
    """Return with what a page leads over to LINE."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', browser.html)
    assert found is not None, browser.words
    return parse_qs(urlsplit(unescape(found[1])).query)


def test_it_stands_among_ones_own_things_and_in_the_phones_menu(deputy: Browser) -> None:
    deputy.open("/own")
    assert deputy.html.count(f'href="{PAGE}"') == 2
    assert "わたしの受信先を見る・足す" in deputy.words


def test_each_contact_point_stands_with_its_health_and_what_to_do(
    houses: FakeHouses, deputy: Browser
) -> None:
    dead = {"code": "user_unknown", "since": "2026-11-20T00:00:00+00:00"}
    houses.own_points = [
        make_point("one", "a•••@town.test"),
        make_point("two", "b•••@town.test", proved_at=None),
        make_point("three", "c•••@town.test", health=dead),
        make_point("four", "d•••@town.test", state="stopped"),
        make_point("five", None, kind="line"),
    ]
    deputy.open(PAGE)
    for word in ("✓ 届いています", "まだ確かめていません", "！ 届きません", "？ 要確認"):
        assert word in deputy.words
    assert "このアドレスは、もう使われていないようです。" in deputy.words
    assert deputy.words.count("届くか試す （") == 4  # LINE's messages are proved by their own press


def test_who_has_nothing_is_told_that_nothing_arrives(houses: FakeHouses, deputy: Browser) -> None:
    houses.own_points = []
    assert "教職員あての連絡は、あなたには届きません。" in deputy.open(PAGE).words


def test_an_account_that_is_tied_to_nobody_is_told_whom_to_ask(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.is_tied = False
    deputy.open(PAGE)
    assert deputy.status == 200
    assert "まだ名簿の教職員と結び付いていません" in deputy.words
    assert "管理者に、「教職員のアカウントと権限」で" in deputy.words
    some_id = make_point("any", None)["id"]
    for address in (f"{PAGE}/mails/{some_id}", f"{PAGE}/{some_id}/end"):
        assert "まだ名簿の教職員と結び付いていません" in deputy.open(address).words
    deputy.open(OUT_OF_TALK).press(form="/line")
    assert deputy.status == 409
    assert "名簿と結び付けるように頼んでください。" in deputy.words


def test_a_stranger_is_asked_to_sign_in_first(stranger: Browser) -> None:
    assert stranger.open(PAGE).path.startswith("/sign-in")


def test_an_address_is_mailed_and_added_by_its_digits(houses: FakeHouses, waiting: Browser) -> None:
    assert houses.own_versions == [OWN_TERMS_VERSION]
    assert "saeki@town.test に送りました" in waiting.words
    waiting.press(form="/mails", code="000000")
    assert waiting.status == 422
    assert "番号が合いません（あと4回）。" in waiting.words
    assert "<h1>確認のメールの番号</h1>" in waiting.html
    # In full width, and in halves, as a phone may write it.
    waiting.press(form="/mails", code="４８２ ９１３")
    assert CODE == "482913"
    assert waiting.path == PAGE
    assert "受信先に加えました。" in waiting.words
    assert "s•••@town.test" in waiting.words


def test_an_address_that_waits_is_shown_until_it_is_proved(waiting: Browser) -> None:
    waiting.open(PAGE)
    assert "確認を待っているアドレス saeki@town.test" in waiting.words
    assert "番号を入れる" in waiting.words


def test_digits_that_were_wrong_five_times_need_a_new_mail(waiting: Browser) -> None:
    for _ in range(5):
        waiting.press(form="/mails", code="000000")
    assert "このメールの番号は使えなくなりました。" in waiting.words
    assert "もう一度送る" in waiting.words


def test_digits_that_came_too_late_are_said_to_be_so(houses: FakeHouses, waiting: Browser) -> None:
    houses.waiting_mails = []
    waiting.press(form="/mails", code=CODE)
    assert waiting.path == PAGE
    assert "もう一度、確認のメールを送ってください。" in waiting.words
    assert "受信先に加えました。" not in waiting.words


def test_the_link_of_a_mail_that_is_over_leads_staff_to_their_own_page(
    houses: FakeHouses, stranger: Browser
) -> None:
    stranger.open("/t/c/of-yesterday")
    assert stranger.status == 409
    assert f'href="{PAGE}"' in stranger.html


def test_a_mail_that_was_proved_meanwhile_leads_on(houses: FakeHouses, waiting: Browser) -> None:
    asked = waiting.path
    houses.waiting_mails = []
    assert waiting.open(asked).path == PAGE


def test_a_likely_typo_is_asked_about_before_a_mail_goes(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open(PAGE).press(form="/mails", address=DOUBTFUL)
    assert deputy.status == 422
    assert "アドレスの終わりは、これで合っていますか。" in deputy.words
    assert "<h1>わたしの受信先</h1>" in deputy.html
    assert houses.waiting_mails == []
    deputy.press(MEANT, form="/mails")
    assert houses.waiting_mails[0]["address"] == MEANT


def test_what_is_no_address_is_said_and_kept_to_be_mended(deputy: Browser) -> None:
    deputy.open(PAGE).press(form="/mails", address="saeki")
    assert "メールアドレスの形になっていません。" in deputy.words
    assert 'value="saeki"' in deputy.html


def test_words_that_were_changed_meanwhile_take_no_address(
    houses: FakeHouses, deputy: Browser
) -> None:
    deputy.open(PAGE).press(form="/mails", address="saeki@town.test", version="2020-01")
    assert "個人情報の扱いの文章が新しくなりました。" in deputy.words
    assert houses.waiting_mails == []


def test_a_test_is_sent_and_not_too_often(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(PAGE).press(form="/tests")
    assert "お試しを送りました。" in deputy.words
    deputy.press(form="/tests")
    assert "20分ほど待って" in deputy.words
    assert len(houses.own_tests) == 1


def test_the_press_on_a_test_leads_back_to_ones_own_contact_points(
    houses: FakeHouses, stranger: Browser
) -> None:
    token = houses.add_link("test")
    houses.staff_links.add(token)
    stranger.open(f"/m/links/{token}").press()
    assert "ここに届くことを確かめました。" in stranger.words
    assert f'href="{PAGE}"' in stranger.html


def test_the_link_of_a_mail_says_that_it_is_for_staff(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.is_staffs_link = True
    stranger.open(f"/t/c/{LINK}")
    assert "このアドレスに連絡が届きます。" in stranger.words
    assert f'href="{PAGE}"' in stranger.html
    assert "マイページ" not in stranger.words


def test_one_is_taken_away_and_the_last_one_asks_twice(houses: FakeHouses, deputy: Browser) -> None:
    houses.own_points.append(make_point("second", "s•••@town.test"))
    second, first = (point["id"] for point in reversed(houses.own_points))
    deputy.open(f"{PAGE}/{second}/end")
    assert "これは最後の受信先です。" not in deputy.words
    deputy.press(form="/end")
    assert "受信先を外しました。" in deputy.words
    deputy.open(f"{PAGE}/{first}/end").press(form="/end")
    assert deputy.status == 409
    assert "これは最後の受信先です。" in deputy.words
    deputy.press(form="/end", even_last="1")
    assert houses.own_points == []


def test_a_contact_point_of_somebody_else_is_not_found(deputy: Browser) -> None:
    stranger = make_point("of a stranger", None)["id"]
    assert deputy.open(f"{PAGE}/{stranger}/end").status == 404


def test_line_is_added_as_a_friend_first(deputy: Browser) -> None:
    deputy.open(f"{PAGE}/line")
    assert "「みなも市学校連絡」を友だちに追加します" in deputy.words


def test_out_of_the_talk_it_goes_over_to_lines_dialog(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(OUT_OF_TALK)
    assert deputy.path == f"{PAGE}/line"
    deputy.press(form="/line")
    assert over_to_line(deputy) == {
        "linkToken": ["token-of-lines"],
        "nonce": ["nonce-of-a-colleague"],
    }
    assert houses.own_versions == [OWN_TERMS_VERSION]
    assert "友だちに追加します" in deputy.open(f"{PAGE}/line").words


def test_who_is_not_signed_in_on_the_phone_signs_in_and_goes_on(stranger: Browser) -> None:
    stranger.open(OUT_OF_TALK)
    assert "教職員の方は、ここからログインして登録できます" in stranger.words
    stranger.open(f"{PAGE}/line").press(mail="yamashita@school.town.test", password=PASSWORD)
    assert stranger.path == f"{PAGE}/line"
    assert "同意して、LINEへ進む" in stranger.html


def test_a_teacher_who_is_a_parent_chooses_as_whom(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"/m/links/{houses.add_link()}").press()
    deputy.open(OUT_OF_TALK)
    assert deputy.path == "/t/line"
    assert "教職員として受け取る方は、こちら" in deputy.words
    assert "同意して、LINEへ進む" in deputy.open(f"{PAGE}/line").html


def test_lines_token_that_is_over_is_said(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(OUT_OF_TALK)
    deputy.client.delete_cookie("renraku-line")
    deputy.press(form="/line")
    assert deputy.status == 409
    assert "LINEから開いた画面の時間（10分）が過ぎました。" in deputy.words
    assert houses.own_versions == []


def test_a_school_without_line_offers_none(houses: FakeHouses, deputy: Browser) -> None:
    houses.has_line_account = False
    assert "LINEを足す" not in deputy.open(PAGE).words
    assert "LINEでの登録を受け付けられません" in deputy.open(f"{PAGE}/line").words


def test_this_phone_is_added(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(f"{PAGE}/app").press(form="/app", **PHONE)
    assert houses.own_phones == [{"subscription": PHONE}]
    assert houses.own_versions == [OWN_TERMS_VERSION]
    assert deputy.path == PAGE
    assert "この端末を登録し、お試しの通知を送りました。" in deputy.words


def test_a_push_service_that_is_not_known_is_said_in_words(
    houses: FakeHouses, deputy: Browser
) -> None:
    given = {**PHONE, "endpoint": "https://attacker.example/x"}
    deputy.open(f"{PAGE}/app").press(form="/app", **given)
    assert deputy.status == 422
    assert "このブラウザーの通知には、まだ対応していません。" in deputy.words
    assert houses.own_phones == []


def test_a_browser_of_another_push_service_is_led_to_firebase(
    app: Flask, houses: FakeHouses, deputy: Browser
) -> None:
    set_up(app)
    deputy.open(f"{PAGE}/app").press(form="/app", **STRANGE)
    assert "js/firebase.js" in deputy.html
    assert "もう1つの方法（Googleの仕組み）で受け取ります。" in deputy.words
    assert "まだ対応していません" not in deputy.words
    deputy.press(form="/app", firebase_token=TOKEN)
    assert houses.own_phones == [{"firebase_token": TOKEN}]


def test_without_a_key_of_the_operators_no_app_is_offered(
    houses: FakeHouses, deputy: Browser
) -> None:
    houses.web_push_key = None
    assert "アプリ（この端末の通知）を足す" not in deputy.open(PAGE).words
    assert "いまは、アプリを登録できません。" in deputy.open(f"{PAGE}/app").words
