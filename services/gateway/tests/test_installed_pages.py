"""A registration goes on in the page that an iPhone has installed first (DIR-8, ADR 52)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_registrations import SHEET
from flask import Flask
from town_school import SCHOOL

from common import clock
from gateway.domain.tickets import WrittenTicket, find_ticket

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/131.0 Mobile Safari/537.36"
NOW = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)


def named(browser: Browser, agent: str) -> Browser:
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    return browser


@pytest.fixture
def safari(stranger: Browser) -> Browser:
    """Return the browser of a mother who has agreed to the use of her address, on an iPhone."""
    named(stranger, IPHONE).open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    stranger.press(passcode=SHEET[1])
    stranger.press(label="母")
    return stranger


@pytest.fixture
def installed(app: Flask) -> Browser:
    """Return the installed page, which knows nothing of Safari."""
    return named(Browser(app.test_client()), IPHONE)


def manifest_of(browser: Browser) -> str:
    [address] = [
        given["href"] for tag, given in browser.read().tags if given.get("rel") == "manifest"
    ]
    return address


def start_url(browser: Browser) -> str:
    """Return where the page begins that is installed from here."""
    told: str = json.loads(browser.client.get(manifest_of(browser)).text)["start_url"]
    return told


def test_the_installed_page_goes_on_without_the_sheet(
    houses: FakeHouses, safari: Browser, installed: Browser
) -> None:
    safari.open("/t/app")
    assert "「登録を続ける」を押します。番号は入れ直しません。" in safari.words
    begin = start_url(safari)
    assert begin.startswith("/app?ticket=")
    installed.open(begin)
    assert houses.ticket is not None, "the phone opens the address by itself: only a press uses it"
    installed.press("登録を続ける")
    assert installed.path == "/t/app"
    installed.press(endpoint="https://web.push.apple.com/x", p256dh="BKey", auth="secret")
    assert installed.path.startswith("/t/done")
    assert len(houses.given_apps) == 1
    # It is held there now, and no more in Safari.
    assert safari.open("/t/app").path.startswith("/t?over")


def test_a_ticket_is_good_once(safari: Browser, installed: Browser, app: Flask) -> None:
    begin = start_url(safari.open("/t/app"))
    installed.open(begin).press("登録を続ける")
    app.config["WTF_CSRF_ENABLED"] = False  # the two clients of a test share what a request keeps
    another = Browser(app.test_client())
    another.open(begin).press("登録を続ける")
    assert another.path.startswith("/t?over")
    # Who holds the registration goes on, however often the page begins with its ticket.
    assert installed.open(begin).press("登録を続ける").path == "/t/app"


def test_an_old_ticket_is_asked_of_nobody(
    houses: FakeHouses, safari: Browser, installed: Browser
) -> None:
    safari.open("/t/app")
    late = clock.now() - timedelta(seconds=1)
    old = WrittenTicket(UUID(SCHOOL["id"]), late, houses.ticket or "").written()
    installed.open(f"/app?ticket={old}")
    assert installed.status == 200
    assert "登録を続ける" not in installed.words
    start = json.loads(installed.client.get(f"/manifest.webmanifest?ticket={old}").text)
    assert start["start_url"] == "/app"


@pytest.mark.parametrize("path", ["/t/ways", "/t/terms", "/m", "/app"])
def test_no_other_page_names_a_ticket(safari: Browser, path: str) -> None:
    safari.open("/t/app")
    assert manifest_of(safari.open(path)) == "/manifest.webmanifest"


def test_other_phones_need_none(houses: FakeHouses, safari: Browser) -> None:
    named(safari, ANDROID).open("/t/app")
    assert manifest_of(safari) == "/manifest.webmanifest"
    assert houses.ticket is None


def test_who_has_not_agreed_yet_has_none(houses: FakeHouses, stranger: Browser) -> None:
    named(stranger, IPHONE).open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    stranger.press(passcode=SHEET[1])
    stranger.open("/t/app")
    assert (stranger.path, houses.ticket) == ("/t/terms", None)


@pytest.mark.parametrize(
    "text",
    ["", "x", "0" * 32, f"{'0' * 32}.1.{'k' * 43}", f"{'0' * 32}.99999999999.{'k' * 43}", "あ"],
)
def test_what_is_no_ticket_opens_the_start_page_and_nothing_else(
    installed: Browser, text: str
) -> None:
    assert "登録を続ける" not in installed.open(f"/app?ticket={text}").words


def test_a_ticket_is_read_as_it_was_written() -> None:
    given = WrittenTicket(UUID(SCHOOL["id"]), NOW + timedelta(minutes=30), "k" * 43)
    assert find_ticket(given.written(), NOW) == given
    assert find_ticket(given.written(), given.expires_at) is None
