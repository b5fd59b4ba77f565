"""On the town's page a person reads a talk, taps, types and blocks; each is told to the account by
a signed webhook (OPS-1).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from suite.town.control import RelayControl
from suite.town.line import LineTown
from suite.town.mailboxes import Mailboxes
from suite.town.pages import create_town_app
from suite.town.talks import Channel

SCHOOL, USER = "みなも市学校連絡", "U" + "a" * 32
CONFIRM = {
    "type": "postback",
    "label": "確認しました",
    "data": "c:1",
    "displayText": "確認しました",
}
OPEN = {"type": "uri", "label": "開く", "uri": "https://a.test/y"}
TEXT = {"type": "text", "text": "<b>雨天</b>のため https://a.test/x 順延"}
BUTTONS = [{"type": "button", "action": action} for action in (CONFIRM, OPEN)]
MESSAGE = {
    "type": "flex",
    "altText": "つばめ野小：運動会の<順延>",
    "contents": {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "contents": [TEXT]},
        "footer": {"type": "box", "layout": "vertical", "contents": BUTTONS},
    },
}


class Account(ThreadingHTTPServer):
    """The school's side: keeps the webhooks that came, refuses those that are wrongly signed."""

    daemon_threads = True

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Webhook)


class _Webhook(BaseHTTPRequestHandler):
    server: Account

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        expected = base64.b64encode(hmac.digest(b"the secret", body, hashlib.sha256)).decode()
        signed = self.headers["X-Line-Signature"] == expected
        self.server.events += json.loads(body)["events"] if signed else []
        self.send_response(200 if signed else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def account() -> Iterator[Account]:
    with Account() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def line(tmp_path: Path, account: Account) -> LineTown:
    town = LineTown(tmp_path / "line.db")
    town.talks.put_channel(
        Channel(
            SCHOOL, "the token", "the secret", f"http://127.0.0.1:{account.server_port}/webhooks"
        )
    )
    town.talks.take(SCHOOL, "multicast", [USER], [MESSAGE])
    return town


@pytest.fixture
def page(line: LineTown, tmp_path: Path) -> Iterator[FlaskClient]:
    with closing(Mailboxes(tmp_path / "town.db")) as mailboxes:
        yield create_town_app(mailboxes, RelayControl(), line=line).test_client()


@pytest.fixture
def press(page: FlaskClient, line: LineTown) -> Any:
    def post(what: str, headers: dict[str, str] | None = None, **form: str) -> Any:
        [first, *_] = line.talks.list_said(SCHOOL, USER)
        values = {"channel": SCHOOL, "user": USER, "message": str(first.id), **form}
        return page.post(f"/town/line/{what}", data=values, headers=headers)

    return post


def test_talks_are_listed_and_found(page: FlaskClient) -> None:
    assert USER in page.get("/town/line/").text
    assert "運動会の&lt;順延&gt;" in page.get("/town/line/talk-rows").text
    assert "トークはありません" in page.get("/town/line/?q=Ubbb").text
    assert "/town/line/" in page.get("/town/").text, "the mailboxes' page leads there"


def test_a_talk_shows_texts_buttons_and_links_and_no_markup_of_others(page: FlaskClient) -> None:
    html = page.get("/town/line/talk", query_string={"channel": SCHOOL, "user": USER}).text
    assert "&lt;b&gt;雨天&lt;/b&gt;" in html
    assert 'href="https://a.test/x"' in html
    assert ">確認しました</button>" in html
    assert 'href="https://a.test/y"' in html
    assert "style=" not in html
    assert "<script>" not in html


def test_a_tap_is_told_with_the_buttons_data_and_a_reply_token_that_works(
    press: Callable[..., TestResponse], account: Account, line: LineTown
) -> None:
    answer = press("taps", button="0")
    assert (answer.status_code, "told=200" in answer.location) == (303, True)
    [event] = account.events
    assert (event["type"], event["mode"], event["postback"]["data"]) == (
        "postback",
        "active",
        "c:1",
    )
    assert event["source"] == {"type": "user", "userId": USER}
    assert line.talks.spend_reply_token(SCHOOL, event["replyToken"]) == USER
    assert [said.kind for said in line.talks.list_said(SCHOOL, USER)] == ["multicast", "tap"]


def test_each_event_has_an_id_of_its_own(
    press: Callable[..., TestResponse], account: Account
) -> None:
    press("taps", button="0")
    press("taps", button="0")
    first, second = account.events
    assert first["webhookEventId"] != second["webhookEventId"]
    assert first["timestamp"] <= second["timestamp"]


def test_what_is_no_button_is_not_tapped(
    press: Callable[..., TestResponse], account: Account
) -> None:
    for form in (
        {"button": "1"},
        {"button": "2"},
        {"button": "-1"},
        {"button": "x"},
        {"button": "0", "message": "999"},
    ):
        assert press("taps", **form).status_code == 400
    assert account.events == []


def test_a_word_is_told_and_stands_in_the_talk(
    press: Callable[..., TestResponse], account: Account, page: FlaskClient
) -> None:
    press("texts", text="お休みします")
    assert account.events[0]["message"]["text"] == "お休みします"
    assert (
        "お休みします"
        in page.get("/town/line/said-rows", query_string={"channel": SCHOOL, "user": USER}).text
    )
    assert press("texts", text=" ").status_code == 400


def test_a_block_and_its_end_are_told(
    press: Callable[..., TestResponse], account: Account, line: LineTown, page: FlaskClient
) -> None:
    press("blocks", blocked="yes")
    assert line.talks.is_blocked(SCHOOL, USER)
    assert (
        "ブロックを解除する"
        in page.get("/town/line/talk", query_string={"channel": SCHOOL, "user": USER}).text
    )
    press("blocks", blocked="no")
    assert [event["type"] for event in account.events] == ["unfollow", "follow"]
    assert "replyToken" not in account.events[0], "nobody answers somebody who has blocked"
    assert not line.talks.is_blocked(SCHOOL, USER)


def test_another_site_taps_nothing(press: Callable[..., TestResponse], account: Account) -> None:
    for what, form in (
        ("taps", {"button": "0"}),
        ("texts", {"text": "x"}),
        ("blocks", {"blocked": "yes"}),
    ):
        for origin in ("http://elsewhere.test", "null"):
            assert press(what, headers={"Origin": origin}, **form).status_code == 403
    assert account.events == []
    assert press("taps", headers={"Origin": "http://localhost"}, button="0").status_code == 303


def test_an_account_that_does_not_answer_or_refuses_is_told_to_the_person(
    page: FlaskClient, press: Callable[..., TestResponse], line: LineTown, account: Account
) -> None:
    [channel] = line.talks.list_channels()
    line.talks.put_channel(
        Channel(channel.name, "the token", "another secret", channel.webhook_url)
    )
    assert "断られました（401）" in page.get(press("taps", button="0").location).text
    line.talks.put_channel(
        Channel(channel.name, "the token", "the secret", "http://127.0.0.1:9/webhooks")
    )
    assert "つながりませんでした" in page.get(press("taps", button="0").location).text


def test_an_account_is_given_and_talks_are_read_as_json(page: FlaskClient, line: LineTown) -> None:
    given = {
        "access_token": "t2",
        "secret": "s2",
        "webhook_url": "http://127.0.0.1:9",
        "monthly_limit": 200,
    }
    assert page.put("/town/line/channels/other.json", json=given).json == {"name": "other"}
    assert line.talks.find_channel(token="t2") == Channel(
        "other", "t2", "s2", "http://127.0.0.1:9", 200
    )
    [said] = page.get(
        "/town/line/said.json", query_string={"channel": SCHOOL, "user": USER}
    ).get_json()
    assert (said["kind"], said["words"], said["buttons"]) == (
        "multicast",
        "つばめ野小：運動会の<順延>",
        ["確認しました", "開く"],
    )
    assert page.get("/town/line/counts.json").json == {"messages": 1, "duplicates": 0}


def test_the_months_limit_is_set_on_the_page(
    page: FlaskClient, press: Callable[..., TestResponse], line: LineTown
) -> None:
    def told() -> Any:
        return page.get(
            "/town/line/v2/bot/message/quota", headers={"Authorization": "Bearer the token"}
        ).json

    assert "今月送れる数（使った数 1）" in page.get("/town/line/").text
    assert press("limits", monthly_limit="40").status_code == 303
    assert told() == {"type": "limited", "value": 40}
    assert 'value="40"' in page.get("/town/line/").text
    for wrong in ("-1", "x", "４０", "9" * 10):
        assert press("limits", monthly_limit=wrong).status_code == 400
    assert (
        press("limits", headers={"Origin": "http://elsewhere.test"}, monthly_limit="0").status_code
        == 403
    )
    assert told() == {"type": "limited", "value": 40}
    assert press("limits", monthly_limit="").status_code == 303
    assert told() == {"type": "none"}
