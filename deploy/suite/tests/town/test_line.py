"""The town's LINE is as strict as the real one, and remembers what it took (OPS-1, DLV-5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from common import clock
from suite.town import line as line_module
from suite.town.control import RelayControl
from suite.town.line import MOODS, LineTown
from suite.town.mailboxes import Mailboxes
from suite.town.pages import create_town_app
from suite.town.talks import Channel

SCHOOL = "みなも市学校連絡"
URL = "/town/line/v2/bot/message"
TEXT = {"type": "text", "text": "本日は臨時休業です"}


def user(prefix: str = "Uaaaa") -> str:
    return (prefix + uuid4().hex)[:33]


@pytest.fixture
def line(tmp_path: Path) -> LineTown:
    town = LineTown(tmp_path / "line.db", slow_seconds=0.3)
    town.talks.put_channel(
        Channel(SCHOOL, "the token", "the secret", "http://127.0.0.1:9/webhooks")
    )
    return town


@pytest.fixture
def app(line: LineTown, tmp_path: Path) -> Iterator[Flask]:
    with closing(Mailboxes(tmp_path / "town.db")) as mailboxes:
        yield create_town_app(mailboxes, RelayControl(), line=line)


@pytest.fixture
def call(app: Flask) -> Any:
    """Return `call(what, body, key=…, token=…)`: a POST as an account makes it."""

    def post(what: str, body: Any, *, key: str | None = None, token: str = "the token") -> Any:
        headers = {"Authorization": f"Bearer {token}"} | ({"X-Line-Retry-Key": key} if key else {})
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        return app.test_client().post(f"{URL}/{what}", headers=headers, **sent)

    return post


def to(*users: str, messages: Any = None) -> dict[str, Any]:
    return {"to": list(users), "messages": messages or [TEXT]}


def problems(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.json
    return [detail["property"] for detail in answer.json["details"]]


def flex(*buttons: dict[str, Any], text: str = "本文") -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": text}]}
    footer = {
        "type": "box",
        "layout": "vertical",
        "contents": [{"type": "button", "action": action} for action in buttons],
    }
    return {
        "type": "flex",
        "altText": "連絡",
        "contents": {"type": "bubble", "body": body, "footer": footer},
    }


def test_a_multicast_stands_in_every_talk(
    call: Callable[..., TestResponse], line: LineTown
) -> None:
    users = [user() for _ in range(500)]
    answer = call("multicast", to(*users), key=str(uuid4()))
    assert (answer.status_code, answer.json) == (200, {})
    assert answer.headers["x-line-request-id"]
    assert [said.body for said in line.talks.list_said(SCHOOL, users[499])] == [TEXT]


def test_the_same_retry_key_is_taken_once_and_says_so(
    call: Callable[..., TestResponse], line: LineTown
) -> None:
    key, users = str(uuid4()), [user(), user()]
    first = call("multicast", to(*users), key=key)
    for _ in range(2):
        again = call("multicast", to(*users), key=key.upper())
        assert again.status_code == 409
        assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
        assert again.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert (line.talks.count(), line.talks.count_duplicates()) == (2, 0)
    call("multicast", to(*users), key=str(uuid4()))
    assert line.talks.count_duplicates() == 2


def test_the_same_key_from_many_callers_at_once_is_taken_once(
    call: Callable[..., TestResponse], line: LineTown
) -> None:
    key, body = str(uuid4()), to(user())
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(
                lambda _: call("push", {**body, "to": body["to"][0]}, key=key).status_code, range(8)
            )
        )
    assert sorted(answers) == [200] + [409] * 7
    assert line.talks.count() == 1


def test_a_retry_key_is_forgotten_after_a_day(call: Callable[..., TestResponse]) -> None:
    key, body = str(uuid4()), to(user())
    assert call("multicast", body, key=key).status_code == 200
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert call("multicast", body, key=key).status_code == 200


@pytest.mark.parametrize(
    "key",
    [
        "1",
        "not-a-uuid",
        "{4f92b2de-f46c-4b0a-abe7-c91cfe80a107}",
        "3decbce94cf24e5283deb79d349a4b2f",
    ],
)
def test_a_retry_key_is_a_uuid_and_a_reply_takes_none(
    call: Callable[..., TestResponse], key: str
) -> None:
    assert call("multicast", to(user()), key=key).status_code == 400
    assert (
        call("reply", {"replyToken": "x", "messages": [TEXT]}, key=str(uuid4())).status_code == 400
    )


def test_only_an_accounts_own_token_opens_the_door(
    call: Callable[..., TestResponse], app: Flask
) -> None:
    for token in ("", "another"):
        assert call("multicast", to(user()), token=token).status_code == 401
        assert (
            app.test_client()
            .get(f"{URL}/quota", headers={"Authorization": f"Bearer {token}"})
            .status_code
            == 401
        )
    assert app.test_client().post(f"{URL}/push", json={}).status_code == 401


def test_recipients_are_checked_one_by_one(
    call: Callable[..., TestResponse], line: LineTown
) -> None:
    assert problems(call("multicast", to())) == ["to"]
    assert problems(call("multicast", to(*[user() for _ in range(501)]))) == ["to"]
    assert problems(call("multicast", to(user(), "U1", user(), "haha@mail.town.test"))) == [
        "to[1]",
        "to[3]",
    ]
    assert problems(call("multicast", {"to": user(), "messages": [TEXT]})) == ["to"]
    assert problems(call("push", {"to": [user()], "messages": [TEXT]})) == ["to"]
    assert line.talks.count() == 0


def test_messages_are_checked(call: Callable[..., TestResponse]) -> None:
    one = user()
    postback = {"type": "postback", "label": "確認しました", "data": "c:1"}
    wrong: list[tuple[Any, str]] = [
        ([], "messages"),
        ([TEXT] * 6, "messages"),
        ([{"type": "text", "text": ""}], "messages[0].text"),
        ([{"type": "text", "text": "あ" * 5001}], "messages[0].text"),
        ([{"type": "text", "text": "😀" * 2501}], "messages[0].text"),
        ([TEXT, {"type": "video"}], "messages[1].type"),
        ([{**flex(postback), "altText": "あ" * 1501}], "messages[0].altText"),
        ([flex(text="")], "messages[0].contents.body.contents[0].text"),
        (
            [flex({**postback, "label": "あ" * 41})],
            "messages[0].contents.footer.contents[0].action.label",
        ),
        (
            [flex({**postback, "data": "d" * 301})],
            "messages[0].contents.footer.contents[0].action.data",
        ),
        (
            [flex({"type": "uri", "label": "開く", "uri": "javascript:x"})],
            "messages[0].contents.footer.contents[0].action.uri",
        ),
        (
            [{"type": "flex", "altText": "a", "contents": {"type": "box"}}],
            "messages[0].contents.type",
        ),
        ([_template(text="あ" * 161)], "messages[0].template.text"),
        ([_template(title="題", text="あ" * 61)], "messages[0].template.text"),
        ([_template(actions=[postback] * 5)], "messages[0].template.actions"),
        (
            [_template(actions=[{**postback, "label": "あ" * 21}])],
            "messages[0].template.actions[0].label",
        ),
    ]
    for messages, place in wrong:
        assert problems(call("multicast", {"to": [one], "messages": messages})) == [place]
    right = [TEXT, flex(postback), _template(), {"type": "text", "text": "あ" * 5000}]
    assert call("multicast", {"to": [one], "messages": right}).status_code == 200


def _template(**changes: Any) -> dict[str, Any]:
    action = {"type": "postback", "label": "確認しました", "data": "c:1"}
    return {
        "type": "template",
        "altText": "連絡",
        "template": {"type": "buttons", "text": "本文", "actions": [action], **changes},
    }


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"null", b"\xff"])
def test_a_body_that_is_no_object_is_refused(
    call: Callable[..., TestResponse], body: bytes
) -> None:
    assert call("multicast", body).status_code == 400


def test_a_push_tells_the_message_it_made(
    call: Callable[..., TestResponse], line: LineTown
) -> None:
    one = user()
    answer = call("push", {"to": one, "messages": [TEXT]})
    assert len(answer.json["sentMessages"]) == 1
    assert line.talks.list_said(SCHOOL, one)[0].kind == "push"


def test_a_reply_token_answers_once_within_a_minute_and_for_its_account(
    call: Callable[..., TestResponse], line: LineTown
) -> None:
    one = user()
    token = line.talks.give_reply_token(SCHOOL, one)
    body = {"replyToken": token, "messages": [TEXT]}
    assert call("reply", body).status_code == 200
    assert call("reply", body).json["message"] == "Invalid reply token"
    late = {**body, "replyToken": line.talks.give_reply_token(SCHOOL, one)}
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        assert call("reply", late).status_code == 400
    line.talks.put_channel(Channel("よその学校", "another", "s", "http://127.0.0.1:9"))
    assert (
        call(
            "reply", {**body, "replyToken": line.talks.give_reply_token("よその学校", one)}
        ).status_code
        == 400
    )
    assert [said.kind for said in line.talks.list_said(SCHOOL, one)] == ["reply"]


def test_who_blocked_the_account_gets_nothing_and_the_account_is_told_yes(
    call: Callable[..., TestResponse], line: LineTown, app: Flask
) -> None:
    one, other = user(), user()
    line.talks.set_blocked(SCHOOL, one, True)
    assert call("multicast", to(one, other)).status_code == 200
    assert call("push", {"to": one, "messages": [TEXT]}).status_code == 200
    assert (line.talks.list_said(SCHOOL, one), len(line.talks.list_said(SCHOOL, other))) == ([], 1)
    headers = {"Authorization": "Bearer the token"}
    found = [
        app.test_client().get(f"/town/line/v2/bot/profile/{who}", headers=headers).status_code
        for who in (one, other, "x")
    ]
    assert found == [404, 200, 400]
    line.talks.set_blocked(SCHOOL, one, False)
    call("push", {"to": one, "messages": [TEXT]})
    assert len(line.talks.list_said(SCHOOL, one)) == 1


def test_the_quota_counts_people_times_sends_and_then_says_no(
    call: Callable[..., TestResponse], line: LineTown, app: Flask
) -> None:
    line.talks.put_channel(
        Channel(SCHOOL, "the token", "the secret", "http://127.0.0.1:9", monthly_limit=3)
    )
    headers = {"Authorization": "Bearer the token"}
    assert call("multicast", to(user(), user(), messages=[TEXT, TEXT])).status_code == 200
    refused = call("multicast", to(user(), user()))
    assert (refused.status_code, refused.json) == (
        429,
        {"message": "You have reached your monthly limit."},
    )
    token = line.talks.give_reply_token(SCHOOL, user())
    assert call("reply", {"replyToken": token, "messages": [TEXT]}).status_code == 200, (
        "replies are free"
    )
    assert app.test_client().get(f"{URL}/quota", headers=headers).json == {
        "type": "limited",
        "value": 3,
    }
    assert app.test_client().get(f"{URL}/quota/consumption", headers=headers).json == {
        "totalUsage": 2
    }
    with time_machine.travel(clock.now() + timedelta(days=32), tick=False):
        assert app.test_client().get(f"{URL}/quota/consumption", headers=headers).json == {
            "totalUsage": 0
        }


def test_moods_make_a_request_fail_once_in_their_way(
    call: Callable[..., TestResponse], line: LineTown
) -> None:
    def twice(mood: Any) -> tuple[list[int], int]:
        one, key = user(mood.prefix), str(uuid4())
        codes = [call("multicast", to(one), key=key).status_code for _ in range(2)]
        return codes, len(line.talks.list_said(SCHOOL, one))

    assert twice(line_module.SILENT) == ([200, 409], 1)
    assert twice(line_module.BROKEN_AFTER) == ([500, 409], 1)
    assert twice(line_module.BROKEN_BEFORE) == ([500, 200], 1)
    assert twice(line_module.PAGE) == ([200, 200], 1)
    assert twice(line_module.BUSY) == ([429, 200], 1)
    assert twice(line_module.CROWDED) == ([429, 200], 1)
    assert twice(line_module.EXHAUSTED) == ([429, 429], 0)
    # Who gives no token to link an account takes what is said.
    assert twice(line_module.UNLINKED) == ([200, 409], 1)
    assert len({mood.prefix for mood in MOODS}) == 8


def test_a_page_in_between_is_html_and_has_no_request_id(call: Callable[..., TestResponse]) -> None:
    answer = call("multicast", to(user(line_module.PAGE.prefix)))
    assert answer.content_type.startswith("text/html")
    assert "x-line-request-id" not in answer.headers


def test_talks_survive_their_process(line: LineTown, call: Callable[..., TestResponse]) -> None:
    one, key = user(), str(uuid4())
    call("multicast", to(one), key=key)
    again = LineTown(line.path)
    assert [said.body for said in again.talks.list_said(SCHOOL, one)] == [TEXT]
    assert again.talks.find_taken(SCHOOL, key) is not None
