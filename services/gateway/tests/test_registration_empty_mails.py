"""受信登録 by an empty mail, without a script and with one (DIR-8)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_registrations import CODE, EMPTY_MAIL, SHEET
from town_school import SCHOOL

MOTHER = "m..takagi@docomo.ne.jp"
PART = re.compile(r'data-poll="([^"]+)"')


@pytest.fixture
def agreed(stranger: Browser) -> Browser:
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}").press(passcode=SHEET[1])
    stranger.press(label="母")
    return stranger


def address_of(browser: Browser) -> str:
    links = [given["href"] for tag, given in browser.read().tags if tag == "a" and "href" in given]
    [mailto] = [link for link in links if link.startswith("mailto:")]
    return mailto


def test_a_family_registers_by_a_mail_of_its_own(houses: FakeHouses, agreed: Browser) -> None:
    agreed.open("/t/mail")
    assert "空メールを送って登録する" in agreed.words
    agreed.open("/t/mail/empty")
    assert f"{EMPTY_MAIL}@renraku.example" in agreed.words
    assert "メールを待っています" in agreed.words
    again = "/t/mail/empty?known=0"
    assert again in agreed.html
    assert agreed.open(again).path == again, "nothing has come yet"
    houses.add_mail(MOTHER)
    agreed.open(again)
    assert MOTHER in agreed.words
    agreed.press(code=CODE)
    assert "受信登録ができました" in agreed.words


def test_the_link_opens_a_mail_that_can_be_sent_as_it_is(agreed: Browser) -> None:
    agreed.open("/t/mail/empty")
    mailto = urlsplit(address_of(agreed))
    assert "+" not in mailto.path, "some programs take it for a space"
    assert unquote(mailto.path) == f"{EMPTY_MAIL}@renraku.example"
    filled = parse_qs(mailto.query)
    assert filled == {"subject": ["受信登録"], "body": ["このまま送信してください。"]}


def test_the_script_goes_on_when_the_mail_is_known(houses: FakeHouses, agreed: Browser) -> None:
    [part] = PART.findall(agreed.open("/t/mail/empty").html)
    agreed.open(part)
    assert "メールを待っています" in agreed.words
    assert "data-every" in agreed.html
    mail_id = houses.add_mail(MOTHER)
    agreed.open(part)
    assert f'data-onward href="/t/mail/{mail_id}"' in agreed.html
    assert "data-every" not in agreed.html


def test_a_further_mail_is_waited_for_beside_the_one_before(
    houses: FakeHouses, agreed: Browser
) -> None:
    houses.add_mail(MOTHER)
    agreed.open("/t/mail/empty")
    assert "確認を待っているアドレス" in agreed.words
    assert MOTHER in agreed.words
    assert agreed.open("/t/mail/empty?known=1").path == "/t/mail/empty?known=1"


def test_the_use_of_addresses_is_agreed_to_first(stranger: Browser) -> None:
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}").press(passcode=SHEET[1])
    assert stranger.open("/t/mail/empty").path == "/t/terms"


@pytest.mark.parametrize("page", ["/t/mail/empty", "/t/mail/empty/state?known=0"])
def test_a_browser_without_a_registration_comes_to_its_beginning(
    stranger: Browser, page: str
) -> None:
    assert stranger.open(page).path.startswith("/t?")


def test_the_page_is_written_in_english(houses: FakeHouses, agreed: Browser) -> None:
    agreed.open("/t/mail/empty?lang=en")
    japanese = re.findall(
        r"[\u3041-\u30ff\u4e00-\u9fff]+",
        re.sub("日本語|みなも市立つばめ野小学校", "", agreed.words),
    )
    assert japanese == []
    assert parse_qs(urlsplit(address_of(agreed)).query)["subject"] == ["Registration"]
    [part] = PART.findall(agreed.html)
    houses.add_mail(MOTHER)
    assert "Your mail has come." in agreed.open(part.replace("&amp;", "&")).words
