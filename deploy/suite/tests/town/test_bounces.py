"""Domains that accept with 250 and send back a moment later, read as dispatch-mail reads them
(DLV-4).
"""

from __future__ import annotations

import asyncio

import pytest

from dispatch_mail.provider.bounces import ReturnKind, read_return
from dispatch_mail.provider.listener import AGAIN, TAKEN, Bounds, IncomingMail, Listener
from suite.town.dialects import DIALECTS
from suite.town.postman import Postman, write_bounce

REASONS = {
    "postfix": "user_unknown",
    "full": "mailbox_full",
    "links": "link_refused",
    "docomo": "user_unknown",
    "timeout": "time_out",
    "exchange": "user_unknown",
    "qmail": "user_unknown",
    "exim": "user_unknown",
    "ezweb": "blocked",
    "kddi": "mailbox_full",
    "mfilter": "user_unknown",
    "biglobe": "mailbox_full",
}


@pytest.mark.parametrize(("name", "reason"), REASONS.items())
def test_the_town_bounces_in_a_dialect_that_is_understood(name: str, reason: str) -> None:
    domain = f"bounce-{name}.town.test"
    raw = write_bounce(DIALECTS[domain], f"hina@{domain}", "b+1@renraku.town.test", "<1@town.test>")
    returned = read_return(raw)
    assert (returned.kind, returned.reason.value) == (ReturnKind.BOUNCED, reason)


def test_every_dialect_is_tried() -> None:
    assert {f"bounce-{name}.town.test" for name in REASONS} == set(DIALECTS)


async def test_the_postman_brings_a_bounce_and_comes_again_when_he_is_asked_to() -> None:
    brought: list[IncomingMail] = []
    enough = asyncio.Event()

    async def take(mail: IncomingMail) -> str:
        brought.append(mail)
        if len(brought) == 1:
            return AGAIN
        enough.set()
        return TAKEN

    async def may_come(_: str) -> str:
        return "250 Ok"

    listener = Listener(Bounds(5, 100_000, 600), "renraku.town.test", may_come, take)
    postman = Postman(await listener.start("127.0.0.1", 0))
    postman.bounce("b+1@renraku.town.test", "hina@bounce-qmail.town.test", "<1@town.test>")
    postman.bounce("", "hina@bounce-qmail.town.test", "<2@town.test>")
    await asyncio.wait_for(enough.wait(), 10)
    await postman.stop()
    await listener.stop()
    assert [(mail.sender, mail.recipient) for mail in brought] == [
        ("", "b+1@renraku.town.test")
    ] * 2
