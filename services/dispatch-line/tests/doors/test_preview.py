"""What is previewed is what stands in the talk, character for character (MSG-9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from line_house import House, MakeUser

from common.testing.dispatch import Neighbours
from common.testing.tokens import bearer, service_token, staff_token
from dispatch_line.config import Settings

LONG = "詳しくはhttps://example.test/a?b=cをご覧ください。\r\n" * 12
MESSAGES = [
    {},
    {"lane": "urgent", "mark": "urgent", "short_text": "本日は臨時休業です。"},
    {"confirmable": False, "body": LONG},
    {"names_people": True},
    {"names_people": True, "pupil_heads": 0, "staff_heads": 2, "subject": "職員会議"},
    {"subject": "葛\U000e0100城小・\U00020bb7野家 & <運動会>", "body": "  前後に空白\n\n"},
]


@pytest.fixture
def preview(app: Flask, settings: Settings, neighbours: Neighbours) -> Any:
    def ask(
        message_id: UUID,
        *,
        functions: tuple[str, ...] = ("messages.send",),
        school_id: UUID | None = None,
    ) -> Any:
        token = staff_token(
            settings.keys_dir, school_id=school_id or neighbours.school_id, functions=functions
        )
        return app.test_client().get(f"/previews/{message_id}", headers=bearer(token))

    return ask


@pytest.mark.parametrize("words", MESSAGES)
async def test_a_message_stands_in_the_talk_as_it_was_previewed(
    preview: Callable[..., Any], house: House, make_user: MakeUser, words: dict[str, Any]
) -> None:
    user, message_id = make_user(), house.neighbours.add_message(**words)
    shown = preview(message_id).json
    async with house.working():
        await house.publish(message_id, house.neighbours.add_siblings(user))
        await house.until(lambda: house.states() == {"accepted": 1})
    [said] = house.talk(user)
    card = said.body["contents"]
    texts = [part["text"] for part in card["body"]["contents"] if part["type"] == "text"]
    assert texts == [shown["school"], shown["title"], shown["text"]]
    assert said.body["altText"] == shown["alt_text"]
    assert [part["action"]["label"] for part in card["footer"]["contents"]] == shown["buttons"]


def test_a_message_that_messaging_does_not_show_this_person_has_no_preview(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    seen, unseen = neighbours.add_message(), neighbours.add_message()
    neighbours.hidden = {unseen}
    assert preview(seen).status_code == 200
    assert preview(unseen).status_code == 404
    assert preview(uuid4()).status_code == 404
    assert preview(seen, school_id=uuid4()).status_code == 404


def test_a_preview_needs_the_right_to_send(
    preview: Callable[..., Any], neighbours: Neighbours, app: Flask, settings: Settings
) -> None:
    message_id = neighbours.add_message()
    assert preview(message_id, functions=("messages.read",)).status_code == 403
    assert app.test_client().get(f"/previews/{message_id}").status_code == 401
    headers = bearer(
        service_token(settings.keys_dir, "gateway", "dispatch-line", neighbours.school_id)
    )
    assert app.test_client().get(f"/previews/{message_id}", headers=headers).status_code == 403


def test_a_preview_while_messaging_is_away_is_a_503(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    message_id = neighbours.add_message()
    neighbours.away = {"messaging"}
    answer = preview(message_id)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "service_away")
