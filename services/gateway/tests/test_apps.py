"""A family registers a phone for notifications, at its sheet and at My Page (DIR-8, DLV-6)."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_registrations import SHEET
from flask import Flask
from town_school import SCHOOL

import gateway
from common.terms import TERMS_VERSION
from gateway.config import Settings

SCRIPTS = Path(gateway.__file__).parent / "static/js"
PHONE = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/abc",
    "p256dh": "BKey",
    "auth": "secret",
}


@pytest.fixture
def agreed(stranger: Browser) -> Browser:
    """Return the browser of a mother who has agreed to the use of her address."""
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    stranger.press(passcode=SHEET[1])
    stranger.press(label="母")
    return stranger


@pytest.fixture
def registered(agreed: Browser) -> Browser:
    agreed.open("/t/app").press(**PHONE)
    return agreed


def test_a_phone_registers_and_is_sent_a_test(houses: FakeHouses, registered: Browser) -> None:
    assert houses.given_apps == [{"subscription": PHONE}]
    assert registered.path.startswith("/t/done")
    assert "この電話に、お試しの通知を送りました。" in registered.words
    assert registered.open("/m").status == 200


def test_the_app_is_offered_hidden_until_the_phone_was_looked_at(agreed: Browser) -> None:
    agreed.open("/t/ways")
    assert "data-app-way hidden" in agreed.html
    assert "js/app.js" in agreed.html


def test_every_part_that_a_phone_may_need_is_there_and_hidden(agreed: Browser) -> None:
    agreed.open("/t/app")
    for state in ("ready", "failed", "blocked", "install", "inside", "unable"):
        assert f'data-state="{state}"' in agreed.html
    assert "<noscript>" in agreed.html
    script = (SCRIPTS / "app.js").read_text(encoding="utf-8")
    for state in ("ready", "failed", "blocked", "install", "inside", "unable"):
        assert f'"{state}"' in script


def test_without_a_key_of_the_operators_no_app_is_offered(
    houses: FakeHouses, agreed: Browser
) -> None:
    houses.web_push_key = None
    assert "data-app-way" not in agreed.open("/t/ways").html
    assert agreed.open("/t/app").path == "/t/ways"


def test_a_push_service_that_is_not_known_is_said_in_words(
    houses: FakeHouses, agreed: Browser
) -> None:
    agreed.open("/t/app").press(**{**PHONE, "endpoint": "https://attacker.example/x"})
    assert agreed.status == 422
    assert "このブラウザーの通知には、まだ対応していません" in agreed.words
    assert houses.given_apps == []


def test_no_phone_is_asked_before_its_use_was_agreed_to(stranger: Browser) -> None:
    assert stranger.open("/t/app").path.startswith("/t?over")
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    stranger.press(passcode=SHEET[1])
    assert stranger.open("/t/app").path == "/t/terms"


def test_a_protected_family_is_told_that_the_office_decides(
    houses: FakeHouses, agreed: Browser
) -> None:
    houses.held = True
    agreed.open("/t/app").press(**PHONE)
    assert "確かめてから登録します" in agreed.words
    assert "お試しの通知を送りました" not in agreed.words


def test_at_my_page_the_use_of_addresses_is_shown_and_noted_by_its_version(
    houses: FakeHouses, registered: Browser
) -> None:
    registered.open("/m/family")
    assert "/m/family/app" in registered.html
    registered.open("/m/family/app")
    assert "個人情報の扱い" in registered.words
    registered.press(**PHONE)
    [added] = houses.added_apps
    assert (added["terms_version"], added["subscription"]) == (TERMS_VERSION, PHONE)
    assert "この電話を登録しました。お試しの通知を送りました。" in registered.words


def test_words_that_were_changed_meanwhile_register_nothing(
    houses: FakeHouses, registered: Browser
) -> None:
    registered.open("/m/family/app").press(version="2020-01", **PHONE)
    assert registered.path == "/m/family/app"
    assert houses.added_apps == []


def test_a_push_service_that_is_not_known_is_said_at_my_page(
    houses: FakeHouses, registered: Browser
) -> None:
    registered.open("/m/family/app")
    registered.press(**{**PHONE, "endpoint": "https://attacker.example/x"})
    assert registered.status == 422
    assert "まだ登録していません" in registered.words


def test_an_app_can_be_tried_at_my_page(houses: FakeHouses, registered: Browser) -> None:
    houses.family_points = [{**houses.family_points[0], "kind": "push", "hint": None}]
    registered.open("/m/family").press("届くか試す")
    assert houses.tested_points == [houses.family_points[0]["id"]]
    assert "お試しを送りました。" in registered.words


def test_the_towns_script_stands_in_for_the_push_service_in_a_demo_alone(
    app: Flask, agreed: Browser
) -> None:
    assert "js/push.js" in agreed.open("/t/app").html
    assert "town-push.js" not in agreed.html
    town = "http://127.0.0.1:8000/town/push"
    settings: Settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"push_town_url": town})
    agreed.open("/t/app")
    assert "js/town-push.js" in agreed.html
    assert f'data-town="{town}"' in agreed.html


def test_pages_say_it_in_english_too(agreed: Browser) -> None:
    agreed.open("/t/app?lang=en")
    assert "Deliver to this phone" in agreed.words
    assert "この電話に届ける" not in agreed.words
