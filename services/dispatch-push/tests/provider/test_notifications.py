"""The body of a request to FCM: what phones share is encoded once, token and link are spliced in
(DLV-6).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dispatch_push.provider import FcmSettings, Notification
from dispatch_push.provider.notifications import Payloads
from dispatch_push.provider.token import Fcm
from suite.town.fcm_message import find_violations
from suite.town.service_account import write_service_account

AWKWARD = '",\\"token":"x"}\u2028\n髙橋\U0001f3eb'
Make = Callable[..., Notification]


@pytest.fixture
def payloads(tmp_path: Path) -> Payloads:
    account = write_service_account(tmp_path, "http://127.0.0.1:9/fcm")
    return Payloads(Fcm(FcmSettings("http://127.0.0.1:9/fcm", account)))


def _message(payloads: Payloads, notification: Notification) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(payloads.body_of(notification))["message"]
    return message


def test_each_phone_of_a_message_gets_its_own_token_and_link(
    payloads: Payloads, notification: Make
) -> None:
    phones = [notification(link=f"https://renraku.example/r/{number}") for number in range(3)]
    messages = [_message(payloads, phone) for phone in phones]
    assert [(message["token"], message["data"]["link"]) for message in messages] == [
        (phone.token, phone.link) for phone in phones
    ]
    assert not any(find_violations(message) for message in messages)


@pytest.mark.parametrize("field", ["token", "link", "title", "body"])
def test_whatever_stands_in_a_field_stays_in_it(
    payloads: Payloads, notification: Make, field: str
) -> None:
    phone = notification(**{field: AWKWARD})
    message = _message(payloads, phone)
    found = {"token": message["token"], "link": message["data"]["link"], **message["notification"]}
    assert found == {
        "token": phone.token,
        "link": phone.link,
        "title": phone.title,
        "body": phone.body,
    }


def test_a_text_or_lane_that_changed_is_not_taken_from_what_was_kept(
    payloads: Payloads, notification: Make
) -> None:
    first, other, urgent = notification(), notification(body="変更"), notification(is_urgent=True)
    messages = [_message(payloads, phone) for phone in (first, other, urgent)]
    assert [message["notification"]["body"] for message in messages] == [
        first.body,
        "変更",
        first.body,
    ]
    assert [message["android"]["priority"] for message in messages] == ["NORMAL", "NORMAL", "HIGH"]
