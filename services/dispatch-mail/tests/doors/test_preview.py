"""What is previewed is what arrives: character for character, but for each recipient's own links
(MSG-9).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from scripted_relay import StartRelay

from common.testing.dispatch import Neighbours, Publish, States, Working
from common.testing.tokens import bearer, staff_token
from common.testing.waiting import until
from dispatch_mail.config import Settings

OWN_LINK = re.compile(r"https://renraku\.minamo\.example/[ru]/[\w.=-]+")
FAMILY, STAFF = "（ご家庭ごとのリンク）", "（ご本人のリンク）"
BODY = "雨天のため、運動会を順延します。\r\n  <時間>は変わりません。& 申込はhttps://forms.example.test/a?x=1&y=2をご覧ください。\n"
MESSAGES = [
    {},
    {"lane": "urgent", "mark": "urgent", "addressing": None, "short_text": "順延です。"},
    {"confirmable": False, "addressing": "全校", "body": BODY},
    {"confirmable": False, "addressing": None, "mark": "urgent"},
    {
        "body": BODY,
        "subject": "葛\U000e0100城小・\U00020bb7野家 & <運動会>",
        "addressing": "4年2組・金管バンド",
    },
]


@pytest.fixture
def preview(app: Flask, settings: Settings, neighbours: Neighbours) -> Any:
    def ask(message_id: UUID) -> Any:
        token = staff_token(
            settings.keys_dir, school_id=neighbours.school_id, functions=("messages.send",)
        )
        answer = app.test_client().get(f"/previews/{message_id}", headers=bearer(token))
        assert answer.status_code == 200
        return answer.json

    return ask


def part(mail: EmailMessage, kind: str, placeholder: str) -> str:
    """Return a body as a phone shows it, each link of the recipient's own replaced."""
    found = mail.get_body((kind,))
    assert found is not None
    text = str(found.get_content()).replace("\r\n", "\n")
    return OWN_LINK.sub(placeholder, text)


@pytest.fixture
def arrive(working: Working, publish: Publish, states: States, start_relay: StartRelay) -> Any:
    async def send(message_id: UUID, *families: Any, **relay_is: Any) -> dict[str, EmailMessage]:
        """Send a message to these and return the mails that arrived, by address."""
        relay = await start_relay(**relay_is)
        async with working(relay):
            await publish(message_id, *families)
            await until(lambda: states() == {"accepted": len(families)})
        return {
            to: message_from_bytes(raw, policy=policy.default) for to, raw in relay.contents.items()
        }

    return send


@pytest.mark.parametrize("words", MESSAGES)
async def test_a_mail_arrives_as_it_was_previewed(
    preview: Callable[..., Any], arrive: Any, neighbours: Neighbours, words: dict[str, Any]
) -> None:
    message_id = neighbours.add_message(**words, pupil_heads=1, staff_heads=1)
    shown = preview(message_id)
    family, colleague = (
        neighbours.add_family("haha@a.town.test"),
        neighbours.add_family("sensei@a.town.test", staff=True),
    )
    mails = await arrive(message_id, family, colleague)
    haha, sensei = mails["haha@a.town.test"], mails["sensei@a.town.test"]
    assert part(haha, "plain", FAMILY) == shown["text"]
    assert part(haha, "html", FAMILY) == shown["html"]
    assert part(sensei, "plain", STAFF) == shown["staff_text"]
    for mail in (haha, sensei):
        assert mail["Subject"] == shown["subject"]
        assert str(mail["From"]) == shown["sender"]


@pytest.mark.parametrize("words", MESSAGES)
async def test_the_staffs_mail_arrives_as_it_was_previewed_where_no_family_is_addressed(
    preview: Callable[..., Any], arrive: Any, neighbours: Neighbours, words: dict[str, Any]
) -> None:
    message_id = neighbours.add_message(**words, pupil_heads=0, staff_heads=1)
    shown = preview(message_id)
    [mail] = (
        await arrive(message_id, neighbours.add_family("sensei@a.town.test", staff=True))
    ).values()
    assert part(mail, "plain", STAFF) == shown["staff_text"]
    assert part(mail, "html", STAFF) == shown["html"]


@pytest.mark.parametrize("confirmable", [True, False])
async def test_an_address_that_refuses_links_gets_the_variant_that_was_previewed(
    preview: Callable[..., Any], arrive: Any, neighbours: Neighbours, confirmable: bool
) -> None:
    message_id = neighbours.add_message(confirmable=confirmable)
    shown = preview(message_id)
    [mail] = (
        await arrive(message_id, neighbours.add_family("link@softbank.town.test"), reads_links=True)
    ).values()
    assert part(mail, "plain", "") == shown["text_without_link"]


@pytest.mark.parametrize(("pupils", "staff"), [(3, 0), (0, 2), (3, 2)])
def test_nobodys_mail_is_previewed_where_nobody_is_addressed(
    preview: Callable[..., Any], neighbours: Neighbours, pupils: int, staff: int
) -> None:
    shown = preview(neighbours.add_message(pupil_heads=pupils, staff_heads=staff))
    assert (
        shown["text"] is not None,
        shown["text_without_link"] is not None,
        shown["staff_text"] is not None,
    ) == (
        pupils > 0,
        pupils > 0,
        staff > 0,
    )
    assert ("教職員各位" in shown["html"]) == (pupils == 0)
