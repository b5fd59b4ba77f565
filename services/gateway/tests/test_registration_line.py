"""受信登録 by LINE: our pages before and after LINE's own dialog (DLV-5, DIR-8)."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_registrations import SHEET
from town_school import SCHOOL

LINK = "/t/line?linkToken=token-of-lines&openExternalBrowser=1"


@pytest.fixture
def agreed(stranger: Browser) -> Browser:
    """Return the browser of a mother who has agreed to the use of her address."""
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    stranger.press(passcode=SHEET[1])
    stranger.press(label="母")
    return stranger


def over_to_line(browser: Browser) -> dict[str, list[str]]:
    """Return with what a page leads over to LINE."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', browser.html)
    assert found is not None, browser.words
    address = urlsplit(unescape(found[1]))
    assert (address.netloc, address.path) == ("access.line.me", "/dialog/bot/accountLink")
    return parse_qs(address.query)


def test_a_family_is_shown_how_to_add_the_account(agreed: Browser) -> None:
    assert "ふだんLINEをお使いの方に" in agreed.words
    agreed.open("/t/line")
    assert "「みなも市学校連絡」を友だちに追加します" in agreed.words
    assert 'href="https://line.me/R/ti/p/%40minamo"' in agreed.html


def test_with_lines_token_it_goes_over_to_lines_dialog(agreed: Browser) -> None:
    agreed.open(LINK)
    assert agreed.path == "/t/line"
    assert "token-of-lines" not in agreed.html
    agreed.press()
    asked = over_to_line(agreed)
    assert asked == {"linkToken": ["token-of-lines"], "nonce": ["nonce-of-a-registration"]}


def test_lines_token_is_forgotten_when_it_was_used(agreed: Browser) -> None:
    agreed.open(LINK).press()
    assert "友だちに追加します" in agreed.open("/t/line").words


def test_a_browser_that_is_not_known_enters_its_sheet_first_and_goes_on(stranger: Browser) -> None:
    stranger.open(LINK)
    assert stranger.path == "/t"
    assert "LINEの登録には、先に登録手順書の番号が要ります" in stranger.words
    stranger.press(school_code=SCHOOL["code"], login_id=SHEET[0], passcode=SHEET[1])
    assert stranger.path == "/t/terms"
    stranger.press(label="父")
    assert stranger.path == "/t/line"
    stranger.press()
    assert over_to_line(stranger)["linkToken"] == ["token-of-lines"]


def test_who_is_registered_by_line_opens_their_page(houses: FakeHouses, agreed: Browser) -> None:
    houses.link_line()
    agreed.open("/t/done")
    assert "受信登録ができました" in agreed.words
    agreed.press()
    assert agreed.path == "/m"
    assert "家族と受信先" in agreed.words


def test_a_school_without_line_offers_none(houses: FakeHouses, agreed: Browser) -> None:
    houses.has_line_account = False
    assert "/t/line" not in agreed.open("/t/ways").html
    assert "いまは、LINEでの登録を受け付けられません" in agreed.open("/t/line").words


@pytest.fixture
def at_home(houses: FakeHouses, agreed: Browser) -> Browser:
    """Return the browser of a family at its own page, with no registration on its way."""
    houses.link_line()
    agreed.open("/t/done").press()
    houses.registration = None
    return agreed


def test_a_family_adds_line_at_its_own_page_by_agreeing(at_home: Browser) -> None:
    at_home.open("/m/family")
    assert "LINEを追加する" in at_home.words
    at_home.open(LINK)
    assert "LINEヤフー株式会社" in at_home.words
    at_home.press()
    assert over_to_line(at_home)["nonce"] == ["nonce-of-a-family"]


def test_a_protected_family_is_led_to_its_sheet(houses: FakeHouses, at_home: Browser) -> None:
    houses.held = True
    at_home.open(LINK).press()
    assert at_home.status == 409
    assert "登録手順書のQRコードから登録してください" in at_home.words


def test_a_press_after_ten_minutes_says_how_to_begin_again(agreed: Browser) -> None:
    agreed.open(LINK)
    agreed.client.delete_cookie("renraku-line")
    agreed.press()
    assert agreed.status == 409
    assert "時間（10分）が過ぎました" in agreed.words


def test_the_pages_are_written_in_english_too(agreed: Browser) -> None:
    agreed.open("/t/line?lang=en")
    assert "Add “みなも市学校連絡” as a friend." in agreed.words
    assert "Press the button that comes into the talk" in agreed.words
    agreed.open(LINK)
    agreed.open("/t/line?lang=en")
    assert "Go on to LINE" in agreed.words
    agreed.press()
    assert "On to LINE" in agreed.words
