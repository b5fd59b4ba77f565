"""The town's FCM refuses what the real one refuses, and its phones show what arrived (OPS-1,
DLV-4).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from suite.town.control import RelayControl
from suite.town.fcm import AUDIENCE, GRANT, SCOPE, Fcm
from suite.town.mailboxes import Mailboxes
from suite.town.pages import create_town_app
from suite.town.phones import Phones
from suite.town.service_account import CLIENT_EMAIL, FILE_NAME, PROJECT, write_service_account

SEND = f"/town/fcm/v1/projects/{PROJECT}/messages:send"
TOKEN = "app-0123456789abcdef0123456789abcdef"


@pytest.fixture
def fcm(tmp_path: Path) -> Fcm:
    write_service_account(tmp_path, "http://localhost/town/fcm")
    return Fcm(Phones(tmp_path / "phones.db"), tmp_path / FILE_NAME)


@pytest.fixture
def client(fcm: Fcm, tmp_path: Path) -> Iterator[FlaskClient]:
    with closing(Mailboxes(tmp_path / "town.db")) as mailboxes:
        yield create_town_app(mailboxes, RelayControl(), fcm=fcm).test_client()


@pytest.fixture
def ask_token(client: FlaskClient, fcm: Fcm) -> Callable[..., Any]:
    """Ask for an access token as Google's library does; changes spoil the assertion."""

    def ask(*, key: str | None = None, grant_type: str = GRANT, **changes: Any) -> Any:
        now = int(time.time())
        claims = {
            "iss": CLIENT_EMAIL,
            "aud": AUDIENCE,
            "scope": SCOPE,
            "iat": now,
            "exp": now + 3600,
        } | changes
        own = json.loads(fcm.service_account.read_text())["private_key"]
        assertion = jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key or own,
            algorithm="RS256",
        )
        return client.post(
            "/town/fcm/token", data={"grant_type": grant_type, "assertion": assertion}
        )

    return ask


@pytest.fixture
def send(client: FlaskClient, ask_token: Callable[..., Any]) -> Callable[..., Any]:
    """Send a message with a good access token: `send(**parts of the message)`."""
    access = ask_token().json["access_token"]

    def post(path: str = SEND, **parts: Any) -> Any:
        message = {
            "token": TOKEN,
            "notification": {"title": "つばめ野小", "body": "お知らせ"},
        } | parts
        return client.post(
            path, json={"message": message}, headers={"Authorization": f"Bearer {access}"}
        )

    return post


def error_code(answer: Any) -> str:
    return next(
        detail["errorCode"] for detail in answer.json["error"]["details"] if "errorCode" in detail
    )


def test_a_signed_assertion_gets_a_token_for_an_hour(ask_token: Callable[..., Any]) -> None:
    answer = ask_token()
    assert answer.status_code == 200
    assert (answer.json["expires_in"], answer.json["token_type"]) == (3600, "Bearer")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"iss": "somebody@else"}, "invalid_grant"),
        ({"aud": "https://else.example"}, "invalid_grant"),
        ({"iat": 1, "exp": 3601}, "invalid_grant"),
        ({"exp": int(time.time()) + 9000}, "invalid_grant"),
        ({"iat": None}, "invalid_grant"),
        ({"scope": "https://www.googleapis.com/auth/drive"}, "invalid_scope"),
    ],
)
def test_an_assertion_that_is_not_right_gets_none(
    ask_token: Callable[..., Any], changes: dict[str, Any], error: str
) -> None:
    answer = ask_token(**changes)
    assert (answer.status_code, answer.json["error"]) == (400, error)


def test_a_key_that_is_not_the_projects_gets_no_token(
    ask_token: Callable[..., Any], tmp_path: Path
) -> None:
    other = write_service_account(tmp_path / "other", "http://localhost/town/fcm")
    assert (
        ask_token(key=json.loads(other.read_text())["private_key"]).json["error"] == "invalid_grant"
    )


def test_a_token_endpoint_that_is_down_says_so(ask_token: Callable[..., Any], fcm: Fcm) -> None:
    fcm.is_token_down = True
    assert ask_token().status_code == 503


def test_a_message_is_taken_and_shown(send: Callable[..., Any], fcm: Fcm) -> None:
    answer = send(data={"link": "https://renraku.example/r/abc"})
    assert answer.status_code == 200
    assert answer.json["name"].startswith(f"projects/{PROJECT}/messages/")
    (found,) = fcm.phones.list_on_screen(TOKEN)
    assert (found.title, found.body, found.link) == (
        "つばめ野小",
        "お知らせ",
        "https://renraku.example/r/abc",
    )


@pytest.mark.parametrize(
    "parts",
    [
        {"data": {"count": 1}},
        {"data": {"from": "x"}},
        {"data": {"link": "x" * 5000}},
        {"token": "short"},
        {"token": "a token with spaces and more"},
        {"token": ""},
        {"topic": "weather"},
        {"notification": {"title": 5}},
        {"notification": "title"},
        {"notification": {"headline": "x"}},
        {"priority": "high"},
        {"android": {"priority": "highest"}},
        {"android": {"ttl": "3600"}},
        {"webpush": {"headers": {"TTL": 60}}},
        {"webpush": {"headers": {"TTL": "soon"}}},
        {"webpush": {"fcm_options": {"link": "http://renraku.example"}}},
        {"apns": {"headers": {"apns-priority": 10}}},
    ],
    ids=str,
)
def test_what_fcm_does_not_know_or_like_is_an_invalid_argument(
    send: Callable[..., Any], fcm: Fcm, parts: dict[str, Any]
) -> None:
    answer = send(**parts)
    assert (answer.status_code, error_code(answer)) == (400, "INVALID_ARGUMENT")
    assert fcm.phones.count() == 0
    assert send().status_code == 200, "the same message without it is taken"


def test_a_bad_token_is_named_in_words_alone_as_the_real_one_does(send: Callable[..., Any]) -> None:
    """B02: callers that look for the field at fault find none."""
    error = send(token="short").json["error"]
    assert error["message"] == "The registration token is not a valid FCM registration token"
    assert [detail["errorCode"] for detail in error["details"]] == ["INVALID_ARGUMENT"]


def test_what_else_is_wrong_is_named_as_the_field_at_fault(send: Callable[..., Any]) -> None:
    details = send(token="short", data={"from": "x"}).json["error"]["details"]
    assert [violation["field"] for violation in details[1]["fieldViolations"]] == [
        "message.token",
        "message.data",
    ]


def test_a_token_of_another_sender_is_refused_in_the_real_ones_words(
    send: Callable[..., Any],
) -> None:
    error = send(token="other-" + TOKEN).json["error"]
    assert (error["code"], error["status"], error["message"]) == (
        403,
        "PERMISSION_DENIED",
        "SenderId mismatch",
    )


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"message": null}', b'{"message": {}, "more": 1}', b"\xff"]
)
def test_what_is_no_request_is_refused_in_words(
    client: FlaskClient, ask_token: Callable[..., Any], raw: bytes
) -> None:
    headers = {"Authorization": f"Bearer {ask_token().json['access_token']}"}
    answer = client.post(SEND, data=raw, headers=headers)
    assert (answer.status_code, answer.json["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("prefix", "status", "code"),
    [
        ("gone-", 404, "UNREGISTERED"),
        ("other-", 403, "SENDER_ID_MISMATCH"),
        ("quota-", 429, "QUOTA_EXCEEDED"),
        ("busy-", 503, "UNAVAILABLE"),
    ],
)
def test_a_phone_answers_by_the_first_letters_of_its_token(
    send: Callable[..., Any], fcm: Fcm, prefix: str, status: int, code: str
) -> None:
    answer = send(token=prefix + TOKEN)
    assert (answer.status_code, error_code(answer)) == (status, code)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    again = send(token=prefix + TOKEN).status_code
    assert again == (200 if status in (429, 503) else status)


def test_without_a_good_access_token_nothing_is_taken(
    client: FlaskClient, send: Callable[..., Any], fcm: Fcm
) -> None:
    assert client.post(SEND, json={"message": {"token": TOKEN}}).status_code == 401
    fcm.forget_tokens()
    assert send().status_code == 401
    assert fcm.phones.count() == 0


def test_a_key_of_another_project_is_refused(send: Callable[..., Any]) -> None:
    answer = send("/town/fcm/v1/projects/another/messages:send")
    assert (answer.status_code, answer.json["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_a_rehearsal_reaches_no_phone(
    client: FlaskClient, ask_token: Callable[..., Any], fcm: Fcm
) -> None:
    headers = {"Authorization": f"Bearer {ask_token().json['access_token']}"}
    answer = client.post(
        SEND, json={"message": {"token": TOKEN}, "validate_only": True}, headers=headers
    )
    assert answer.status_code == 200
    assert fcm.phones.count() == 0


def test_a_lock_screen_shows_title_body_and_time_and_opens_the_link(
    client: FlaskClient, send: Callable[..., Any]
) -> None:
    send(data={"link": "https://renraku.example/r/abc"}, android={"priority": "HIGH"})
    send(notification={"title": "<b>太字</b>", "body": "x"}, data={"link": "javascript:alert(1)"})
    page = client.get(f"/town/phone?token={TOKEN}").get_data(as_text=True)
    assert '<a href="https://renraku.example/r/abc" rel="noopener">' in page
    assert "<strong>つばめ野小</strong>" in page
    assert "お知らせ" in page
    assert "<time" in page
    assert "&lt;b&gt;太字" in page
    assert "javascript:" not in page
    rows = client.get("/town/phones").get_data(as_text=True)
    assert "2 件" in rows
    assert TOKEN in rows


def test_a_second_notification_of_a_tag_takes_the_place_of_the_first(
    client: FlaskClient, send: Callable[..., Any]
) -> None:
    for _ in range(2):
        send(android={"notification": {"tag": "m1"}})
    send()
    assert client.get(f"/town/phone?token={TOKEN}").get_data(as_text=True).count("<strong>") == 2
    assert client.get("/town/notification-counts.json").json == {
        "notifications": 3,
        "duplicates": 1,
    }
    assert [found["tag"] for found in client.get("/town/notifications.json").json] == [
        "",
        "m1",
        "m1",
    ]
    assert client.get("/town/notifications.json?token=none").json == []


@pytest.mark.parametrize(
    "path",
    ["phones", "phone-rows", "phone?token=x", "phone-screen?token=x", "phones?q=%25", "phones?q=x"],
)
def test_every_page_of_the_phones_opens_when_nothing_has_arrived(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(f"/town/{path}")
    assert answer.status_code == 200
    assert "通知は" in answer.get_data(as_text=True) or "通知が届いていません" in answer.get_data(
        as_text=True
    )


def test_what_arrived_is_still_there_after_a_restart(
    send: Callable[..., Any], fcm: Fcm, tmp_path: Path
) -> None:
    send()
    assert Phones(tmp_path / "phones.db").count() == 1


def test_a_town_without_phones_has_no_fcm(tmp_path: Path) -> None:
    with closing(Mailboxes(tmp_path / "bare.db")) as mailboxes:
        client = create_town_app(mailboxes, RelayControl()).test_client()
        assert client.get("/town/phones").status_code == 404
        assert client.get("/town/").status_code == 200


def test_a_restart_on_another_port_keeps_the_key_and_nobody_else_may_read_it(
    tmp_path: Path,
) -> None:
    file = write_service_account(tmp_path, "http://127.0.0.1:1/town/fcm")
    first = json.loads(file.read_text())
    assert write_service_account(tmp_path, "http://127.0.0.1:2/town/fcm/") == file
    second = json.loads(file.read_text())
    assert second == first | {"token_uri": "http://127.0.0.1:2/town/fcm/token"}
    assert file.stat().st_mode & 0o777 == 0o600
