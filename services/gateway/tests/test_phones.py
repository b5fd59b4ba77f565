"""A phone registers with Firebase, stays known, and hears if messages come to it (ADR 52)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from browser import Browser
from fake_houses import FakeHouses
from fake_my_page import OTHER_SCHOOL, make_point
from fake_registrations import SHEET
from flask import Flask
from flask.testing import FlaskClient
from town_school import SCHOOL, make_id

from common.config import SettingsRefused
from gateway.config import FIREBASE_SCRIPTS, Settings

KEY = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
FIREBASE = {
    "firebase_api_key": "AIzaOfTheSchool",
    "firebase_project_id": "renraku-minamo",
    "firebase_messaging_sender_id": "411253",
    "firebase_app_id": "1:411253:web:77",
    "firebase_vapid_key": KEY,
}
TOKEN = f"{'d' * 22}:APA91b{'x' * 120}"
PHONE = {"endpoint": "https://fcm.googleapis.com/fcm/send/abc", "p256dh": "BKey", "auth": "secret"}
STRANGE = {**PHONE, "endpoint": "https://attacker.example/x"}


def set_up(app: Flask, **changes: Any) -> None:
    settings: Settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={**FIREBASE, **changes})


@pytest.fixture
def agreed(stranger: Browser) -> Browser:
    """Return the browser of a mother who has agreed to the use of her address."""
    stranger.open(f"/t?s={SCHOOL['code']}&i={SHEET[0]}")
    stranger.press(passcode=SHEET[1])
    stranger.press(label="母")
    return stranger


def is_by_firebase(browser: Browser) -> bool:
    return "js/firebase.js" in browser.html


def policy_of(client: FlaskClient, path: str) -> str:
    return client.get(path).headers["Content-Security-Policy"]


def test_web_push_goes_first_where_both_would_do(app: Flask, agreed: Browser) -> None:
    set_up(app)
    agreed.open("/t/app")
    assert not is_by_firebase(agreed)
    assert "gstatic" not in policy_of(agreed.client, "/t/app")


@pytest.mark.parametrize("has_key", [False, True])
def test_firebase_stands_in_without_a_key_and_where_the_operator_chose_it(
    app: Flask, houses: FakeHouses, agreed: Browser, has_key: bool
) -> None:
    set_up(app, firebase_first=has_key)
    houses.web_push_key = "B" * 87 if has_key else None
    agreed.open("/t/app")
    assert is_by_firebase(agreed)
    assert f'data-key="{KEY}"' in agreed.html
    assert f'data-scripts="{FIREBASE_SCRIPTS}"' in agreed.html
    told = {given["data-project"] for tag, given in agreed.read().tags if "data-project" in given}
    assert json.loads(told.pop())["messagingSenderId"] == "411253"
    agreed.press(firebase_token=TOKEN)
    assert houses.given_apps == [{"firebase_token": TOKEN}]
    assert "この電話に、お試しの通知を送りました。" in agreed.words


def test_a_browser_whose_push_service_is_not_known_goes_on_by_firebase(
    app: Flask, agreed: Browser
) -> None:
    set_up(app)
    agreed.open("/t/app").press(**STRANGE)
    assert agreed.status == 422
    assert is_by_firebase(agreed)
    assert "もう一度、下のボタンを押してください。" in agreed.words


def test_a_phone_that_came_in_by_firebase_finds_it_again(app: Flask, agreed: Browser) -> None:
    assert "data-other" not in agreed.open("/t/app").html
    set_up(app)
    assert 'data-other="/t/app?by=firebase"' in agreed.open("/t/app").html
    assert is_by_firebase(agreed.open("/t/app?by=firebase"))
    assert "data-other" not in agreed.html


def test_the_policy_is_wider_on_the_page_that_registers_and_nowhere_else(
    app: Flask, agreed: Browser
) -> None:
    set_up(app, firebase_first=True)
    wider = policy_of(agreed.client, "/t/app")
    assert f"script-src 'self' {FIREBASE_SCRIPTS}" in wider
    assert "https://fcmregistrations.googleapis.com" in wider
    assert "unsafe" not in wider
    for path in ("/t/ways", "/t/done", "/m", "/app", "/service-worker.js"):
        assert "gstatic" not in policy_of(agreed.client, path), path
    # It is loaded by a press, and not with the page.
    assert not [given for tag, given in agreed.read().tags if "gstatic" in given.get("src", "")]


def test_what_is_no_token_is_refused_in_words(
    app: Flask, houses: FakeHouses, agreed: Browser
) -> None:
    """B02, B12: a token that Firebase would refuse at the first message."""
    set_up(app, firebase_first=True)
    agreed.open("/t/app").press(firebase_token="short")
    assert agreed.status == 422
    assert "まだ登録していません" in agreed.words
    assert houses.given_apps == []


@pytest.mark.parametrize("missing", sorted(FIREBASE))
def test_firebase_named_by_half_is_refused_with_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    refused = settings_refused(monkeypatch, {**FIREBASE, missing: ""})
    assert f"RENRAKU_{missing.upper()}" in refused


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"firebase_vapid_key": "no key"}, "87 characters"),
        ({"firebase_vapid_key": "A" * 87}, "87 characters"),
        ({"firebase_town_url": "https://attacker.example/"}, "this machine"),
        ({"firebase_town_url": "http://localhost:8000/town/firebase"}, "end with /"),
    ],
)
def test_settings_that_could_not_work_are_refused(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], words: str
) -> None:
    assert words in settings_refused(monkeypatch, {**FIREBASE, **changes})


def test_firebase_first_without_firebase_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "RENRAKU_FIREBASE_" in settings_refused(monkeypatch, {"firebase_first": True})


def settings_refused(monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]) -> str:
    for name in FIREBASE:
        monkeypatch.delenv(f"RENRAKU_{name.upper()}", raising=False)
    base = {"bus_url": "memory://", "keys_dir": "/nowhere", "base_url": "http://localhost"}
    with pytest.raises(SettingsRefused) as refused:
        Settings.load(**base, **values)
    return str(refused.value)


# Its own phone at My Page.


@pytest.fixture
def at_home(houses: FakeHouses, agreed: Browser) -> Browser:
    houses.family_points = [make_point("phone", None, kind="push")]
    agreed.open("/t/app").press(**PHONE)
    return agreed


def phone_line(browser: Browser, **held: str) -> Any:
    """Return what the page's script is answered."""
    browser.open("/m")
    [tags] = [given for tag, given in browser.read().tags if given.get("id") == "phone"]
    body = {"csrf_token": tags["data-token"], **held}
    return browser.client.post(tags["data-url"], data=body)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "この電話に届いています（最後"),
        ({"proved_at": None}, "まだ確かめていません"),
        ({"state": "stopped"}, "届いていないかもしれません"),
        ({"health": {"code": "token_dead", "since": "2026-11-20"}}, "この電話には届いていません"),
    ],
)
def test_the_line_says_of_this_phone_how_it_stands(
    houses: FakeHouses, at_home: Browser, changes: dict[str, Any], words: str
) -> None:
    houses.family_points = [make_point("phone", None, kind="push", **changes)]
    houses.known_app = make_id("phone")
    answer = phone_line(at_home, **PHONE)
    assert answer.status_code == 200
    assert words in answer.text


@pytest.mark.parametrize("held", [PHONE, {}, {"firebase_token": "short"}])
def test_a_phone_that_the_school_does_not_reach_is_led_to_where_it_is_mended(
    at_home: Browser, held: dict[str, str]
) -> None:
    answer = phone_line(at_home, **held)
    assert "この電話には届いていません。" in answer.text
    assert 'href="/m/family/app"' in answer.text


def test_of_a_phone_that_was_taken_away_nothing_is_said(
    houses: FakeHouses, at_home: Browser
) -> None:
    houses.known_app = make_id("another")
    answer = phone_line(at_home, **PHONE)
    assert (answer.status_code, answer.text) == (204, "")


def test_a_family_without_an_app_loads_no_script_for_it(
    houses: FakeHouses, at_home: Browser
) -> None:
    assert "my-phone.js" in at_home.open("/m").html
    houses.family_points = [make_point("mail", "m•••@docomo.town.test")]
    assert "phone.js" not in at_home.open("/m").html


def test_the_line_speaks_english_too(houses: FakeHouses, at_home: Browser) -> None:
    houses.known_app = make_id("phone")
    at_home.open("/m?lang=en")
    assert "Messages reach this phone" in phone_line_in(at_home, "en").text


def phone_line_in(browser: Browser, language: str) -> Any:
    [tags] = [given for tag, given in browser.read().tags if given.get("id") == "phone"]
    assert f"lang={language}" in tags["data-url"]
    body = {"csrf_token": tags["data-token"], **PHONE}
    return browser.client.post(tags["data-url"], data=body)


# What the service worker says by itself.


def renewed(client: FlaskClient, **form: str) -> int:
    return client.post("/app/renewals", data=form).status_code


def test_the_worker_tells_each_school_at_which_the_phone_is_registered(
    houses: FakeHouses, client: FlaskClient
) -> None:
    schools = [SCHOOL["id"], OTHER_SCHOOL["id"]]
    before = {"firebase_token": TOKEN}
    told = {"before": json.dumps(before), "schools": " ".join(schools)}
    assert renewed(client, **PHONE, **told) == 204
    after = {"subscription": PHONE}
    assert houses.renewed_apps == [(school, before, after) for school in schools]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"before": "no json", "schools": SCHOOL["id"], **PHONE},
        {"before": "[]", "schools": SCHOOL["id"], **PHONE},
        {"before": "[" * 50_000, "schools": SCHOOL["id"], **PHONE},
        {"before": json.dumps(PHONE), "schools": "no school", **PHONE},
        {"before": json.dumps({"endpoint": 3}), "schools": SCHOOL["id"], **PHONE},
        {"before": json.dumps(PHONE), "schools": SCHOOL["id"], **STRANGE},
    ],
)
def test_what_makes_no_sense_changes_nothing(
    houses: FakeHouses, client: FlaskClient, form: dict[str, str]
) -> None:
    assert renewed(client, **form) == (204 if "no school" in form.values() else 422)
    assert houses.renewed_apps == []


def test_not_more_schools_are_told_than_a_browser_has(
    houses: FakeHouses, client: FlaskClient
) -> None:
    told = {"before": json.dumps(PHONE), "schools": " ".join([SCHOOL["id"]] * 50)}
    renewed(client, **PHONE, **told)
    assert len(houses.renewed_apps) == 6
