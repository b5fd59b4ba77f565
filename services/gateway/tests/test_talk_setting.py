"""Whether families may register in the LINE talk, and the words that they agree to (ADR 51)."""

from __future__ import annotations

from browser import Browser
from fake_houses import FakeHouses

SETTING = "/settings/line"


def test_an_administrator_allows_it_and_ends_it_again(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(SETTING).press(form=SETTING, allowed="1")
    assert houses.talk_allowed
    assert "保存しました。" in deputy.words
    deputy.open(SETTING).press(form=SETTING, drop=("allowed",))
    assert not houses.talk_allowed


def test_the_menu_is_shown_where_there_is_an_account(houses: FakeHouses, deputy: Browser) -> None:
    deputy.open(SETTING)
    assert "LINEの管理画面などで作ったメニューがあるときは、それに代わって出ます。" in deputy.words
    deputy.press(form="/settings/line/menu")
    assert houses.menus_shown == 1
    assert "LINEのトークにメニューを出しました。" in deputy.words
    houses.has_line_account = False
    assert "トークにメニューを出す" not in deputy.open(SETTING).words


def test_the_words_on_addresses_are_read_by_who_is_at_no_school_yet(stranger: Browser) -> None:
    page = stranger.open("/p")
    assert "学校からの連絡と、ご家庭からの連絡のためだけに使います" in page.words
    assert "2026-12版" in page.words
    assert "messages from the school" in stranger.open("/p?lang=en").words


def test_a_link_of_the_talks_menu_leads_on_to_the_contact_points(
    houses: FakeHouses, stranger: Browser
) -> None:
    stranger.open(f"/m/links/{houses.add_link()}?to=family").press()
    assert stranger.path.startswith("/m/family")
    stranger.open(f"/m/links/{houses.add_link()}?to=https://attacker.example").press()
    assert stranger.path.partition("?")[0] == "/m"
