"""The town's LINE agrees with what LINE publishes of its API as OpenAPI (DLV-5).

Source of LIMITS: github.com/line/line-openapi, messaging-api.yml at 6e4c2a2 (2026-07-01). They are
said again by line-bot-sdk, whose models LINE generates from that file and which change with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from linebot.v3.messaging import (
    BotInfoResponse,
    ErrorResponse,
    IssueLinkTokenResponse,
    MessageQuotaResponse,
    MulticastRequest,
    PostbackAction,
    PushMessageRequest,
    PushMessageResponse,
    QuickReply,
    QuotaConsumptionResponse,
    ReplyMessageRequest,
    ReplyMessageResponse,
    UserProfileResponse,
)
from pydantic.v1 import BaseModel
from werkzeug.test import TestResponse

from suite.town.control import RelayControl
from suite.town.line import LineTown
from suite.town.mailboxes import Mailboxes
from suite.town.pages import create_town_app
from suite.town.talks import Channel

SCHOOL = "みなも市学校連絡"
TEXT = {"type": "text", "text": "本日は臨時休業です"}
# Schema and property → maxItems or maxLength.
LIMITS: Mapping[tuple[type[BaseModel], str], int] = {
    (MulticastRequest, "to"): 500,
    (MulticastRequest, "messages"): 5,
    (PushMessageRequest, "messages"): 5,
    (ReplyMessageRequest, "messages"): 5,
    (QuickReply, "items"): 13,
    (PostbackAction, "data"): 300,
}


@pytest.fixture
def line(tmp_path: Path) -> LineTown:
    town = LineTown(tmp_path / "line.db")
    town.talks.put_channel(Channel(SCHOOL, "the token", "secret", "http://127.0.0.1:9/webhooks"))
    return town


@pytest.fixture
def app(line: LineTown, tmp_path: Path) -> Iterator[Flask]:
    with closing(Mailboxes(tmp_path / "town.db")) as mailboxes:
        yield create_town_app(mailboxes, RelayControl(), line=line)


@pytest.fixture
def call(app: Flask) -> Callable[..., TestResponse]:
    """Return `call(method, path, body)`: a request as an account makes it."""

    def ask(method: str, path: str, body: Any = None) -> TestResponse:
        headers = {"Authorization": "Bearer the token"}
        return app.test_client().open(
            f"/town/line/v2/bot{path}", method=method, json=body, headers=headers
        )

    return ask


def user() -> str:
    return f"U{uuid4().hex}"


def quick(items: int, data: str = "x") -> dict[str, Any]:
    action = {"type": "postback", "label": "押す", "data": data}
    return {**TEXT, "quickReply": {"items": [{"type": "action", "action": action}] * items}}


def body_of(model: type[BaseModel], field: str, size: int, line: LineTown) -> tuple[str, Any]:
    """Return a request in which one property has this size, and where it goes."""
    token = line.talks.give_reply_token(SCHOOL, user())
    match model, field:
        case (_, "to"):
            return "multicast", {"to": [user() for _ in range(size)], "messages": [TEXT]}
        case (_, "items"):
            return "push", {"to": user(), "messages": [quick(size)]}
        case (_, "data"):
            return "push", {"to": user(), "messages": [quick(1, "x" * size)]}
    messages = [TEXT] * size
    if model is MulticastRequest:
        return "multicast", {"to": [user()], "messages": messages}
    if model is PushMessageRequest:
        return "push", {"to": user(), "messages": messages}
    return "reply", {"replyToken": token, "messages": messages}


@pytest.mark.parametrize(("named", "most"), LIMITS.items())
def test_what_is_as_large_as_lines_openapi_allows_is_taken_and_no_more(
    call: Callable[..., TestResponse], line: LineTown, named: tuple[type[BaseModel], str], most: int
) -> None:
    for size, status in ((most, 200), (most + 1, 400)):
        kind, body = body_of(*named, size, line)
        assert call("POST", f"/message/{kind}", body).status_code == status, size


@pytest.mark.parametrize(("named", "most"), LIMITS.items())
def test_the_models_that_line_generates_carry_the_same_limits(
    named: tuple[type[BaseModel], str], most: int
) -> None:
    model, field = named
    told = model.schema()["properties"][field]
    assert most in (told.get("maxItems"), told.get("maxLength"))


def test_answers_hold_what_lines_openapi_requires(
    call: Callable[..., TestResponse], line: LineTown
) -> None:
    mine = user()
    token = line.talks.give_reply_token(SCHOOL, mine)
    push = {"to": mine, "messages": [TEXT]}
    reply = {"replyToken": token, "messages": [TEXT]}
    asked: list[tuple[type[BaseModel], TestResponse]] = [
        (PushMessageResponse, call("POST", "/message/push", push)),
        (ReplyMessageResponse, call("POST", "/message/reply", reply)),
        (UserProfileResponse, call("GET", f"/profile/{mine}")),
        (BotInfoResponse, call("GET", "/info")),
        (MessageQuotaResponse, call("GET", "/message/quota")),
        (QuotaConsumptionResponse, call("GET", "/message/quota/consumption")),
        (IssueLinkTokenResponse, call("POST", f"/user/{mine}/linkToken")),
        (ErrorResponse, call("POST", "/message/push", {"to": "nobody", "messages": [TEXT]})),
    ]
    for model, answer in asked:
        assert answer.json is not None
        model.parse_obj(answer.json)
        names = {field.alias for field in model.__fields__.values()}
        assert set(answer.json) <= names, model.__name__
