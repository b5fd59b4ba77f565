"""HTTP: how a message will look on a lock screen (MSG-9, DLV-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from town_fcm import Town

from common.testing.dispatch import ClaimRows, Neighbours, RequestPage, send_batch
from common.testing.tokens import bearer, service_token, staff_token
from dispatch_push.actions.hand_over import PushChannel
from dispatch_push.config import Settings


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


def test_a_preview_shows_the_lock_screen_as_it_will_be(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    answer = preview(neighbours.add_message())
    assert (answer.status_code, answer.json) == (
        200,
        {"title": "つばめ野小 4年2組", "body": "運動会の順延について"},
    )


def test_a_message_that_is_unknown_or_of_another_school_has_no_preview(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    assert preview(uuid4()).status_code == 404
    assert preview(neighbours.add_message(), school_id=uuid4()).status_code == 404


def test_a_message_that_messaging_does_not_show_this_person_has_no_preview(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    """Anybody who may send saw any draft of the school: the house asked messaging as itself."""
    seen, unseen = neighbours.add_message(), neighbours.add_message()
    neighbours.hidden = {unseen}
    assert preview(seen).status_code == 200
    assert preview(unseen).status_code == 404


def test_a_preview_needs_the_right_to_send(
    preview: Callable[..., Any], neighbours: Neighbours, app: Flask, settings: Settings
) -> None:
    message_id = neighbours.add_message()
    assert preview(message_id, functions=("messages.read",)).status_code == 403
    assert app.test_client().get(f"/previews/{message_id}").status_code == 401
    for service, audience, status in (
        ("gateway", "dispatch-push", 403),
        ("gateway", "messaging", 401),
    ):
        headers = bearer(service_token(settings.keys_dir, service, audience, neighbours.school_id))
        assert (
            app.test_client().get(f"/previews/{message_id}", headers=headers).status_code == status
        )


def test_a_preview_while_messaging_is_away_is_a_503(
    preview: Callable[..., Any], neighbours: Neighbours
) -> None:
    message_id = neighbours.add_message()
    neighbours.away = {"messaging"}
    answer = preview(message_id)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "service_away")


WORDS = [
    {},
    {"lane": "urgent", "mark": "urgent", "short_text": "本日は臨時休業です。"},
    {"lane": "urgent", "mark": "urgent", "short_text": "", "addressing": None},
    {"names_people": True, "addressing": None},
    {
        "subject": "校外学習（12月4日）の持ち物と集合時刻と雨天の場合の予定と帰りの時刻について",
        "addressing": "4年2組・金管バンドクラブ",
    },
]


@pytest.mark.parametrize("words", WORDS)
async def test_a_notification_arrives_as_it_was_previewed(
    preview: Callable[..., Any],
    request_page: RequestPage,
    claim: ClaimRows,
    channel: PushChannel,
    town: Town,
    neighbours: Neighbours,
    words: dict[str, Any],
) -> None:
    message_id, family, teacher = (
        neighbours.add_message(**words),
        f"app-{uuid4().hex}",
        f"app-{uuid4().hex}",
    )
    request_page(
        message_id, neighbours.add_family(family), neighbours.add_family(teacher, staff=True)
    )
    shown = preview(message_id).json
    await send_batch(channel, claim())
    for token in (family, teacher):
        ((title, body, _),) = town.screen(token)
        assert {"title": title, "body": body} == shown
