"""The town's identity provider is as strict as the real ones: what passes it passes them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import time_machine
from flask.testing import FlaskClient

from suite.demo import city as registered
from suite.town.city import City
from suite.town.control import RelayControl
from suite.town.mailboxes import Mailboxes
from suite.town.names import Names
from suite.town.pages import create_town_app
from suite.townspeople import city_of, tell_town

BASE = "https://renraku.example"
MAIL = "yamashita@school.town.test"
VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
ASKED = {
    "client_id": registered.CLIENT_ID,
    "redirect_uri": f"{BASE}{registered.RETURN_PATH}",
    "response_type": "code",
    "scope": "openid email",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


@pytest.fixture
def city(tmp_path: Path) -> City:
    names = Names(tmp_path / "names.db")
    tell_town(names)
    return city_of(names, BASE)


@pytest.fixture
def page(city: City, tmp_path: Path) -> Iterator[FlaskClient]:
    with closing(Mailboxes(tmp_path / "town.db")) as mailboxes:
        yield create_town_app(mailboxes, RelayControl(), city=city).test_client()


def pick(page: FlaskClient, person: str = MAIL, **asked: str) -> Any:
    return page.post("/town/city/authorize", data={**ASKED, **asked, "person": person})


def back_with(answer: Any) -> dict[str, str]:
    assert answer.status_code == 303
    assert answer.location.startswith(f"{ASKED['redirect_uri']}?")
    return dict(parse_qsl(urlsplit(answer.location).query))


def redeem(page: FlaskClient, code: str, **form: str) -> Any:
    usual = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": ASKED["redirect_uri"],
        "code_verifier": VERIFIER,
    }
    auth = (registered.CLIENT_ID, registered.CLIENT_SECRET)
    return page.post("/town/city/token", data=usual | form, auth=auth)


def test_a_newcomer_picks_one_of_the_demos_staff_and_comes_back_as_that_one(
    page: FlaskClient,
) -> None:
    shown = page.get("/town/city/authorize", query_string=ASKED)
    assert shown.status_code == 200
    assert "山下 明子（教頭）" in shown.text
    assert "mail.town.test" not in shown.text, "no family has an account of the city's"
    brought = back_with(pick(page))
    assert brought["state"] == "s"
    answer = redeem(page, brought["code"])
    said = jwt.decode(answer.json["id_token"], options={"verify_signature": False})
    assert (said["email"], said["email_verified"], said["nonce"]) == (MAIL, True, "n")
    assert said["iss"] == "http://localhost/town/city"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_form_may_lead_back_to_the_product_and_nowhere_else(page: FlaskClient) -> None:
    shown = page.get("/town/city/authorize", query_string=ASKED)
    policy = shown.headers["Content-Security-Policy"].split("; ")
    assert f"form-action 'self' {BASE}" in policy
    elsewhere = page.get("/town/").headers["Content-Security-Policy"]
    assert elsewhere.rstrip().endswith("form-action 'self'")


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "somebody"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{ASKED['redirect_uri']}/more"},
        {"redirect_uri": ""},
    ],
)
def test_a_browser_that_nobody_of_ours_sent_goes_nowhere(
    page: FlaskClient, wrong: dict[str, str]
) -> None:
    shown = page.get("/town/city/authorize", query_string={**ASKED, **wrong})
    assert shown.status_code == 400
    assert MAIL not in shown.text
    assert pick(page, **wrong).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
    ],
)
def test_what_is_asked_wrongly_is_told_to_the_client(
    page: FlaskClient, wrong: dict[str, str], error: str
) -> None:
    answer = page.get("/town/city/authorize", query_string={**ASKED, **wrong})
    assert back_with(answer) == {"error": error, "state": "s"}


def test_who_declines_goes_back_without_a_code(page: FlaskClient) -> None:
    answer = page.post("/town/city/authorize", data={**ASKED, "decline": "1"})
    assert back_with(answer) == {"error": "access_denied", "state": "s"}


def test_nobody_is_picked_who_has_no_account(page: FlaskClient) -> None:
    assert pick(page, "somebody@school.town.test").status_code == 400


def test_a_code_is_good_for_once(page: FlaskClient) -> None:
    code = back_with(pick(page))["code"]
    assert redeem(page, code).status_code == 200
    assert redeem(page, code).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": ""},
        {"redirect_uri": "https://evil.example/"},
        {"code": "somebody-elses"},
    ],
)
def test_a_code_is_given_for_what_it_was_asked_for_alone(
    page: FlaskClient, wrong: dict[str, str]
) -> None:
    code = back_with(pick(page))["code"]
    answer = redeem(page, **{"code": code, **wrong})
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


def test_a_code_is_good_for_a_minute(page: FlaskClient) -> None:
    with time_machine.travel(NOON, tick=False) as traveller:
        code = back_with(pick(page))["code"]
        traveller.shift(timedelta(seconds=60))
        assert redeem(page, code).json["error"] == "invalid_grant"


def test_who_asks_for_a_token_shows_the_clients_secret(page: FlaskClient) -> None:
    code = back_with(pick(page))["code"]
    for auth in (None, (registered.CLIENT_ID, "wrong"), ("somebody", registered.CLIENT_SECRET)):
        answer = page.post("/town/city/token", data={"code": code}, auth=auth)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_its_words_lead_to_each_other(page: FlaskClient) -> None:
    said = page.get("/town/city/.well-known/openid-configuration").json
    assert said["issuer"] == "http://localhost/town/city"
    keys = page.get(urlsplit(said["jwks_uri"]).path).json
    token = redeem(page, back_with(pick(page))["code"]).json["id_token"]
    known = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    jwt.decode(token, known, ["RS256"], audience=registered.CLIENT_ID, issuer=said["issuer"])


def test_a_town_without_a_city_has_no_provider(tmp_path: Path) -> None:
    with closing(Mailboxes(tmp_path / "town.db")) as mailboxes:
        without = create_town_app(mailboxes, RelayControl()).test_client()
        assert without.get("/town/city/authorize").status_code == 404
