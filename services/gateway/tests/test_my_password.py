"""A family may choose a password for its page, and comes in by it (MY-1)."""

from __future__ import annotations

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_my_page import FAMILY_MAIL, OTHER_SCHOOL, make_point
from town_school import SCHOOL

CODE = SCHOOL["code"]
PASSWORD = "kumo-to-sora-no-aida"
PAGE = "/m/family/password"


@pytest.fixture
def mother(houses: FakeHouses, stranger: Browser) -> Browser:
    """Return the browser of a mother who is signed in to My Page."""
    stranger.open(f"/m/links/{houses.add_link()}").press()
    return stranger


def test_a_password_is_chosen_changed_and_removed(houses: FakeHouses, mother: Browser) -> None:
    mother.open("/m/family")
    assert "パスワードを決める・変える・なくす" in mother.words
    mother.open(PAGE).press(form=PAGE, password=PASSWORD, again=PASSWORD)
    assert houses.own_password == PASSWORD
    assert "パスワードを決めました。ほかの端末からは、すべて出ました。" in mother.words
    houses.is_fresh = False
    other = "ame-ga-furu-mae-ni"
    mother.open(PAGE).press(form=PAGE, current="wrong", password=other, again=other)
    assert (mother.status, houses.own_password) == (403, PASSWORD)
    assert "いまのパスワードが違います。" in mother.words
    mother.press(form=PAGE, current=PASSWORD, password=other, again=other)
    assert houses.own_password == other
    mother.open(PAGE).press(form=f"{PAGE}/end", current=other)
    assert houses.own_password is None
    assert "パスワードをなくしました。次からは、メールのリンクで入ります。" in mother.words


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        (PASSWORD, "ame-ga-furu-mae-ni", "同じではありません"),
        ("mijikai", "mijikai", "パスワードが短すぎます。12文字以上にしてください。"),
    ],
)
def test_what_can_not_be_taken_is_said_and_never_shown_again(
    houses: FakeHouses, mother: Browser, password: str, again: str, sentence: str
) -> None:
    mother.open(PAGE).press(form=PAGE, password=password, again=again)
    assert (mother.status, sentence in mother.words) == (422, True)
    assert password not in mother.html
    assert houses.own_password is None


def test_who_came_in_long_ago_is_mailed_a_link_first(houses: FakeHouses, mother: Browser) -> None:
    houses.is_fresh = False
    mother.open(PAGE)
    assert "それを開いてから30分以内に決めてください。" in mother.words
    mother.press(form="/m/links", mail=FAMILY_MAIL)
    assert houses.asked_links == [FAMILY_MAIL]


def test_without_a_mail_address_none_is_offered(houses: FakeHouses, mother: Browser) -> None:
    houses.family_points = [make_point("line", None, kind="line")]
    assert "いまは決められません。" in mother.open(PAGE).words
    assert "このパスワードにする" not in mother.words


def test_a_family_comes_in_by_its_password_at_both_schools(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.own_password = PASSWORD
    stranger.open("/m").press(form="/m/sign-in", mail=FAMILY_MAIL, password=PASSWORD)
    assert stranger.status == 200
    assert SCHOOL["name"] in stranger.words
    assert OTHER_SCHOOL["name"] in stranger.open(f"/m?s={OTHER_SCHOOL['code']}").words


def test_the_answer_does_not_tell_what_was_wrong(houses: FakeHouses, stranger: Browser) -> None:
    houses.own_password = PASSWORD
    pages = []
    for mail, password in ((FAMILY_MAIL, "wrong"), ("nobody@town.test", PASSWORD)):
        stranger.open(f"/m?s={CODE}").press(form="/m/sign-in", mail=mail, password=password)
        assert stranger.status == 401
        pages.append(stranger.words)
    assert pages[0] == pages[1]
    assert "メールアドレスかパスワードが違います。" in pages[0]
    assert 'value="nobody@town.test"' in stranger.html


def test_who_is_locked_out_is_led_to_the_link(houses: FakeHouses, stranger: Browser) -> None:
    for _ in range(4):
        stranger.open(f"/m?s={CODE}")
        stranger.press(form="/m/sign-in", mail=FAMILY_MAIL, password="wrong")
    assert stranger.status == 429
    assert "上の「入るためのリンクを送る」で入ってください。" in stranger.words
    stranger.press(form="/m/links", mail=FAMILY_MAIL)
    assert houses.asked_links == [FAMILY_MAIL]


def test_what_is_no_address_is_said(stranger: Browser) -> None:
    stranger.open(f"/m?s={CODE}").press(form="/m/sign-in", mail="takahashi", password=PASSWORD)
    assert stranger.status == 422
    assert "メールアドレスとして読めません。" in stranger.words


def test_at_a_school_that_has_ended_no_password_is_chosen(
    houses: FakeHouses, stranger: Browser
) -> None:
    houses.school["state"] = "ended"
    mother = stranger.open(f"/m/links/{houses.add_link()}").press()
    assert "このパスワードにする" not in mother.open(PAGE).html
