"""My Page: a family comes in by a link, sees what it was sent, and keeps its addresses (MY-1, MY-2,
MY-5, MY-6, MY-7).
"""

from __future__ import annotations

import re

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_my_page import FAMILY_MAIL, OTHER_SCHOOL, make_point
from flask import Flask
from town_school import SCHOOL, make_id

from common.errors import Refused, Unavailable
from gateway.clients.calls import (
    CONFIRM_AS_FAMILY,
    FAMILY_MESSAGES,
    PRESS_FAMILY_LINK,
    RESOLVE_FAMILY,
    SCHOOL_BY_CODE,
)

CODE = SCHOOL["code"]
FIRST_VIEW_BYTES = 60_000  # on the wire, cold (MY-5)


@pytest.fixture
def mother(houses: FakeHouses, stranger: Browser) -> Browser:
    """Return the browser of a mother who is signed in to My Page."""
    stranger.open(f"/m/links/{houses.add_link()}").press()
    return stranger


def test_a_family_asks_for_a_link_and_comes_in_by_it(houses: FakeHouses, stranger: Browser) -> None:
    stranger.open(f"/m?s={CODE}")
    assert "みなも市立つばめ野小学校" in stranger.words
    stranger.press(mail=FAMILY_MAIL)
    assert houses.asked_links == [FAMILY_MAIL]
    assert "登録されていれば、入るためのリンクを送りました。" in stranger.words
    stranger.open(f"/m/links/{houses.add_link()}")
    assert houses.used_links == set()
    stranger.press()
    assert stranger.status == 200
    assert "まだ連絡はありません。" in stranger.words
    assert stranger.open("/m").status == 200
    assert "家族と受信先" in stranger.words


def test_the_answer_does_not_tell_whether_an_address_is_known(
    houses: FakeHouses, stranger: Browser
) -> None:
    pages = []
    for mail in (FAMILY_MAIL, "nobody@town.test"):
        stranger.open(f"/m?s={CODE}").press(mail=mail)
        pages.append(stranger.words.replace(mail, ""))
    assert pages[0] == pages[1]


def test_the_school_is_remembered_and_another_one_can_be_named(
    houses: FakeHouses, stranger: Browser
) -> None:
    stranger.open("/m")
    assert "学校コード（数字9けた）" in stranger.words
    stranger.press(code="２０８ 114-825", mail=FAMILY_MAIL)
    assert houses.asked_links == [FAMILY_MAIL]
    stranger.open(f"/m?s={CODE}").open("/m")
    assert "学校コード" not in stranger.words
    stranger.open("/m?other=1")
    assert "学校コード（数字9けた）" in stranger.words


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        (
            {"code": "999999999", "mail": FAMILY_MAIL},
            422,
            "学校コードが違うか、この学校の",
        ),
        (
            {"code": "", "mail": FAMILY_MAIL},
            422,
            "学校コードが違うか、この学校の",
        ),
        ({"code": CODE, "mail": "takahashi"}, 422, "メールアドレスとして読めません。"),
    ],
)
def test_what_is_mistyped_is_said_and_kept(
    stranger: Browser, given: dict[str, str], status: int, sentence: str
) -> None:
    stranger.open("/m").press(**given)
    assert (stranger.status, sentence in stranger.words) == (status, True)
    assert f'value="{given["mail"]}"' in stranger.html


def test_who_asks_too_often_is_told_to_wait(houses: FakeHouses, stranger: Browser) -> None:
    for _ in range(6):
        stranger.open(f"/m?s={CODE}").press(mail=FAMILY_MAIL)
    assert stranger.status == 429
    assert "5分ほど待って、もう一度押してください。" in stranger.words


def test_a_link_is_pressed_once(houses: FakeHouses, mother: Browser) -> None:
    [used] = houses.used_links
    mother.open(f"/m/links/{used}")
    assert mother.status == 409
    assert "このリンクは、もう使われています。" in mother.words
    assert mother.open("/m/links/forged").status == 404


def test_a_press_needs_a_form_of_ours(houses: FakeHouses, stranger: Browser) -> None:
    """Who is made to press somebody else's link would read and confirm at that one's page."""
    answer = stranger.client.post(f"/m/links/{houses.add_link()}")
    assert answer.status_code == 400
    assert [call for call, _ in houses.asked if call == PRESS_FAMILY_LINK] == []


def test_the_cookie_is_the_familys_alone(houses: FakeHouses, secure_app: Flask) -> None:
    client = secure_app.test_client()
    secure_app.config["WTF_CSRF_ENABLED"] = False
    answer = client.post(f"/m/links/{houses.add_link()}", base_url="https://renraku.example")
    [cookie] = [
        each
        for each in answer.headers.getlist("Set-Cookie")
        if each.startswith("__Host-renraku-family=")
    ]
    for said in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=34560000"):
        assert said in cookie


@pytest.mark.parametrize("cookie", ["", "x", "~~~", "a" * 4000, "0" * 32 + ".short", "%00"])
def test_a_cookie_that_we_never_gave_is_none(
    houses: FakeHouses, stranger: Browser, cookie: str
) -> None:
    stranger.client.set_cookie("renraku-family", cookie)
    assert stranger.open("/m").status == 200
    assert "登録したメールアドレス" in stranger.words
    assert [call for call, _ in houses.asked if call == RESOLVE_FAMILY] == []


@pytest.mark.parametrize(
    "address", ["/m/family", f"/m/messages/{make_id('x')}", "/m/family?s=208114825"]
)
def test_a_stranger_is_led_to_the_sign_in(stranger: Browser, address: str) -> None:
    stranger.open(address)
    assert (stranger.status, "登録したメールアドレス" in stranger.words) == (200, True)


def test_staff_are_no_family(deputy: Browser) -> None:
    deputy.open("/m/family")
    assert "登録したメールアドレス" in deputy.words


def test_messages_of_all_children_stand_together(houses: FakeHouses, mother: Browser) -> None:
    houses.add_family_message("給食だより", waits=False, confirmed_at="2026-11-24T06:30:00+00:00")
    houses.add_family_message("臨時休業です", lane="urgent")
    mother.open("/m")
    words = mother.words
    assert words.index("臨時休業です") < words.index("給食だより")
    assert "緊急" in words
    assert "未確認" in words
    assert "確認済み" in words
    assert "すべて 4年2組 湊 4年2組 結衣" in words


def test_one_childs_messages_are_looked_at_alone(houses: FakeHouses, mother: Browser) -> None:
    child = houses.members[0]["id"]
    mother.open(f"/m?child={child}")
    request = [request for call, request in houses.asked if call == FAMILY_MESSAGES][-1]
    assert request["params"]["member_id"] == child
    # Another family's child is nobody here.
    mother.open(f"/m?child={make_id('stranger')}")
    request = [request for call, request in houses.asked if call == FAMILY_MESSAGES][-1]
    assert "member_id" not in request["params"]


def test_a_long_list_goes_on(houses: FakeHouses, mother: Browser) -> None:
    for number in range(25):
        houses.add_family_message(f"連絡その{number:02}")
    mother.open("/m")
    assert "連絡その24" in mother.words
    assert "連絡その04" not in mother.words
    onward = re.search(r'href="(/m\?after=[^"]+)"', mother.html)
    assert onward is not None
    mother.open(onward[1].replace("&amp;", "&"))
    assert "連絡その04" in mother.words
    assert "いちばん新しい連絡へ戻る" in mother.words


def test_a_message_is_read_and_confirmed_for_all_children(
    houses: FakeHouses, mother: Browser
) -> None:
    message_id = houses.add_family_message("校外学習について")
    mother.open(f"/m/messages/{message_id}")
    assert "校外学習について" in mother.words
    assert "お子様2人分" in mother.words
    assert [call for call, _ in houses.asked if call == CONFIRM_AS_FAMILY] == []
    mother.press()
    assert houses.confirmed_as_family == [message_id]
    assert "確認を受け付けました（" in mother.words
    assert mother.open(f"/m/messages/{make_id('other')}").status == 404


def test_a_press_without_a_form_confirms_nothing(houses: FakeHouses, mother: Browser) -> None:
    message_id = houses.add_family_message("校外学習について")
    answer = mother.client.post(f"/m/messages/{message_id}/confirm")
    assert answer.status_code == 400
    assert houses.confirmed_as_family == []


def test_a_familys_points_stand_with_what_to_do(houses: FakeHouses, mother: Browser) -> None:
    full = {"code": "mailbox_full", "since": "2026-11-03"}
    gone = {"code": "user_unknown", "since": "2026-11-03"}
    houses.family_points += [
        make_point("new", "n•••@town.test", proved_at=None),
        make_point("full", "f•••@town.test", health=full),
        make_point("gone", "g•••@town.test", health=gone),
        make_point("quiet", "q•••@town.test", state="stopped"),
        make_point("line", None, kind="line", health={"code": "blocked", "since": None}),
        make_point("app", None, kind="push", proved_at=None),
    ]
    mother.open("/m/family")
    for said in (
        "届いています メール m•••@docomo.town.test",
        "まだ確かめていません メール n•••@town.test",
        "要確認 メール f•••@town.test",
        "届きません メール g•••@town.test",
        "受信箱がいっぱいです。",
        "もう使われていないようです。",
        "お知らせの受信が止められています",
        "LINEでブロックされています。",
    ):
        assert said in mother.words.replace("✓ ", "").replace("・ ", "").replace("？ ", ""), said
    assert mother.open("/m").words.count("届いていない受信先があります。") == 1


def test_a_test_is_sent_and_its_press_is_thanked_for(houses: FakeHouses, mother: Browser) -> None:
    mother.open("/m/family").press(form="/tests")
    assert houses.tested_points == [make_id("point")]
    assert "お試しを送りました。" in mother.words
    mother.press(form="/tests")
    assert "続けて試したため、まだ送っていません。" in mother.words
    mother.open(f"/m/links/{houses.add_link('test')}").press()
    assert "ここに届くことを確かめました。" in mother.words


def test_a_point_is_taken_away_after_a_question(houses: FakeHouses, mother: Browser) -> None:
    houses.family_points.append(make_point("second", "s•••@town.test"))
    mother.open(f"/m/family/contact-points/{make_id('second')}/end")
    assert "メール s•••@town.test に、学校からの連絡が届かなくなります。" in mother.words
    mother.press()
    assert [each["id"] for each in houses.family_points] == [make_id("point")]
    assert "受信先を外しました。" in mother.words


def test_the_last_point_is_asked_about_twice(houses: FakeHouses, mother: Browser) -> None:
    address = f"/m/family/contact-points/{make_id('point')}/end"
    mother.open(address)
    assert "これは最後の受信先です。" in mother.words
    mother.press()
    assert mother.status == 409
    assert len(houses.family_points) == 1
    mother.press(even_last="1")
    assert houses.family_points == []
    assert "受信先がありません。" in mother.words
    assert "連絡がどこにも届いていません。" in mother.open("/m").words


def test_a_test_that_is_over_speaks_of_its_own_day(houses: FakeHouses, stranger: Browser) -> None:
    token = houses.add_link("test")
    stranger.open(f"/m/links/{token}").press()
    stranger.open(f"/m/links/{token}")
    assert "ここに届くことは確かめられています。" in stranger.words
    houses.failures[PRESS_FAMILY_LINK] = Refused("family_test_over", "Over.")
    stranger.open(f"/m/links/{houses.add_link('test')}").press()
    assert "お試しのリンクが使える時間は24時間です。" in stranger.words
    assert "15分" not in stranger.words


def test_anothers_point_is_not_there(mother: Browser) -> None:
    assert mother.open(f"/m/family/contact-points/{make_id('x')}/end").status == 404


def test_a_family_chooses_its_language(houses: FakeHouses, mother: Browser) -> None:
    mother.open("/m/family").press("en", form="/language")
    assert houses.family_language == "en"
    assert '<html lang="en">' in mother.html
    mother.open("/m")
    assert "Messages from the school" in mother.words


def test_who_leaves_is_forgotten_here_and_there(houses: FakeHouses, mother: Browser) -> None:
    mother.open("/m/family").press(form="/sign-out")
    assert houses.family_tokens == {}
    assert "登録したメールアドレス" in mother.words
    assert "学校コード" not in mother.words


def test_a_lost_phone_is_put_out_from_here(houses: FakeHouses, mother: Browser) -> None:
    here = next(iter(houses.family_tokens))
    houses.family_tokens["lost"] = SCHOOL["id"]
    mother.open("/m/family").press(form="/other-devices/end")
    assert list(houses.family_tokens) == [here]
    assert "ほかの端末からすべて出ました。" in mother.words
    # The password that a browser remembers would let it in again.
    assert "パスワードを決めている方は、それも変えてください。" in mother.words
    assert "/m/family/password" in mother.html


def test_who_comes_in_anew_leaves_no_session_behind(houses: FakeHouses, mother: Browser) -> None:
    mother.open(f"/m/links/{houses.add_link()}").press()
    mother.open(f"/m/links/{houses.add_link(school=OTHER_SCHOOL)}").press()
    assert sorted(houses.family_tokens.values()) == sorted([SCHOOL["id"], OTHER_SCHOOL["id"]])
    assert mother.open(f"/m?s={CODE}").status == 200


def test_two_schools_lie_side_by_side(houses: FakeHouses, mother: Browser) -> None:
    mother.open(f"/m/links/{houses.add_link(school=OTHER_SCHOOL)}").press()
    assert "みなも市立みなも中学校" in mother.words
    assert "みなも中 つばめ野小" in mother.words
    mother.open(f"/m?s={CODE}")
    assert "みなも市立つばめ野小学校" in mother.words
    # Its links stay at this school.
    assert f'href="/m/family?s={CODE}"' in mother.html
    mother.open(f"/m/family?s={CODE}").press(form="/sign-out")
    assert list(houses.family_tokens.values()) == [OTHER_SCHOOL["id"]]
    mother.open("/m")
    assert "みなも市立みなも中学校" in mother.words


def test_a_session_that_is_over_leaves_the_other_schools(
    houses: FakeHouses, mother: Browser
) -> None:
    mother.open(f"/m/links/{houses.add_link(school=OTHER_SCHOOL)}").press()
    for token, school_id in list(houses.family_tokens.items()):
        if school_id == OTHER_SCHOOL["id"]:
            del houses.family_tokens[token]
    mother.open("/m")
    assert "みなも市立つばめ野小学校" in mother.words


def test_at_a_school_that_has_ended_everything_is_read_and_nothing_done(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.school["state"] = "ended"
    message_id = houses.add_family_message("校外学習について")
    mother = stranger.open(f"/m/links/{houses.add_link()}").press()
    assert "この学校の利用は終わりました。" in mother.open("/m").words
    assert mother.open(f"/m/messages/{message_id}").status == 200
    mother.open("/m/family")
    assert "届くか試す" not in mother.words
    assert "外す" not in mother.words


def test_a_link_to_an_erased_school_says_so(houses: FakeHouses, stranger: Browser) -> None:
    stranger.open(f"/m/links/{houses.add_link()}")
    houses.failures[PRESS_FAMILY_LINK] = Refused("school_erased", "Erased.")
    stranger.press()
    assert stranger.status == 409
    assert "消去されています。" in stranger.words


def test_while_a_house_is_away_the_page_says_so(houses: FakeHouses, mother: Browser) -> None:
    houses.failures[RESOLVE_FAMILY] = Unavailable("service_away", "Away.")
    assert mother.open("/m").status == 503
    assert "1分ほど待って" in mother.words
    del houses.failures[RESOLVE_FAMILY]
    assert mother.open("/m").status == 200


def test_the_sign_in_page_stands_while_identity_is_away(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.failures[SCHOOL_BY_CODE] = Unavailable("service_away", "Away.")
    assert stranger.open(f"/m?s={CODE}").status == 200
    assert f'value="{CODE}"' in stranger.html


def test_no_page_of_a_family_leaves_an_address_behind(houses: FakeHouses, mother: Browser) -> None:
    answer = mother.client.get(f"/m/links/{houses.add_link()}")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_first_view_is_light_and_needs_no_script(houses: FakeHouses, mother: Browser) -> None:
    for number in range(40):
        houses.add_family_message(f"学校からの連絡その{number:02}", opening="あ" * 60)
    mother.open("/m")
    named = re.findall(r'(?:href|src)="(/static/[^"#]+)', mother.html)
    weight = len(mother.html.encode())
    for address in dict.fromkeys(named):
        with mother.client.get(address) as answer:
            weight += len(answer.get_data())
    assert weight < FIRST_VIEW_BYTES
    assert mother.html.count("<script") == 1
    assert "bootstrap" not in mother.html
