"""What becomes of a notification that a browser's push service brings (DLV-6), over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from town_fcm import CONTACT, Browser, Town, make_phone

from common import clock
from common.delivery.outcomes import (
    Accepted,
    Deferred,
    NotSent,
    Outcome,
    Reason,
    Rejected,
    Unknown,
)
from common.web_push import PushServices, Subscription
from dispatch_push.provider.web import (
    OutsideResolver,
    WebDoor,
    WebNotification,
    WebProvider,
    WebSettings,
)
from dispatch_push.provider.web.vapid import Vapid, VapidKeyRefused, read_vapid
from suite.web_push_key import make_web_push_key

Send = Callable[..., Awaitable[Outcome]]
LINK = "https://renraku.example/r/abc"


def notice_to(subscription: Subscription, **changes: Any) -> WebNotification:
    parts = {
        "delivery_id": uuid4(),
        "subscription": subscription,
        "title": "つばめ野小 4年2組",
        "body": "校外学習の持ち物について",
        "link": LINK,
        "tag": uuid4(),
        "is_urgent": False,
    }
    return WebNotification(**(parts | changes))


@pytest.fixture
async def send(town: Town) -> AsyncIterator[Send]:
    """Hand one notification over and return its outcome."""
    made: list[WebProvider] = []

    async def act(to: Subscription, settings: WebSettings | None = None, **changes: Any) -> Outcome:
        provider = WebProvider(WebDoor(settings or town.web()))
        made.append(provider)
        notification = notice_to(to, **changes)
        found: list[tuple[UUID, Outcome]] = []
        async for part in provider.outcomes([notification]):
            found += part
        [(delivery_id, outcome)] = found
        assert delivery_id == notification.delivery_id
        return outcome

    yield act
    for provider in made:
        await provider.close()


async def test_a_notification_is_read_by_the_phone_alone(town: Town, send: Send) -> None:
    browser = town.browser()
    assert isinstance(await send(browser.subscription), Accepted)
    assert town.screen(browser.shown) == [("つばめ野小 4年2組", "校外学習の持ち物について", LINK)]


async def test_an_urgent_one_is_urgent_and_a_second_of_a_message_takes_its_place(
    town: Town, send: Send
) -> None:
    browser, tag = town.browser(), uuid4()
    for _ in range(2):
        await send(browser.subscription, tag=tag, is_urgent=True)
    [shown] = town.fcm.phones.list_on_screen(browser.shown)
    assert shown.is_urgent


async def test_a_browser_that_is_gone_is_dead(town: Town, send: Send) -> None:
    outcome = await send(town.browser("gone").subscription)
    assert outcome == Rejected(Reason.TOKEN_DEAD, 410, "gone")
    nobody = Subscription(f"{town.push_url}/web.nobody", *_keys(town.browser()))
    assert await send(nobody) == Rejected(Reason.TOKEN_DEAD, 404, "gone")


def _keys(browser: Browser) -> tuple[bytes, bytes]:
    return browser.subscription.key, browser.subscription.auth


@pytest.mark.parametrize(
    ("prefix", "status", "reason"),
    [("quota", 429, Reason.RATE_LIMITED), ("busy", 503, Reason.RELAY_DOWN)],
)
async def test_who_asks_to_come_later_is_believed(
    town: Town, send: Send, prefix: str, status: int, reason: Reason
) -> None:
    began = clock.now()
    outcome = await send(town.browser(prefix).subscription)
    assert isinstance(outcome, Deferred)
    assert (outcome.code, outcome.reason) == (status, reason)
    assert outcome.until is not None
    assert outcome.until >= began + timedelta(seconds=2)


async def test_another_key_is_our_own_trouble_and_costs_no_family_its_phone(
    town: Town, send: Send, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = Vapid(ec.generate_private_key(ec.SECP256R1()), "desk")
    outcome = await send(town.browser().subscription, town.web(vapid=nobody))
    assert isinstance(outcome, Deferred)
    assert outcome.code == 403
    assert "push.refused_by_service" in capsys.readouterr().out


async def test_without_a_key_of_ours_it_waits(town: Town, send: Send) -> None:
    assert isinstance(await send(town.browser().subscription, town.web(vapid=None)), Deferred)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/push/x",
        "http://127.0.0.1:1/town/push/x",
        "https://localhost/push/x",
        "https://[::1]/push/x",
        "https://169.254.169.254/latest/meta-data",
        "https://attacker.example/push/x",
        "https://fcm.googleapis.com.attacker.example/x",
        "https://fcm.googleapis.com:8443/fcm/send/x",
        "https://user@fcm.googleapis.com/fcm/send/x",
        "http://fcm.googleapis.com/fcm/send/x",
        "https://web.push.apple.com@127.0.0.1/x",
        "https://notpush.apple.com/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/fcm/send/x\r\nHost: inside",
    ],
)
async def test_no_other_machine_is_called(town: Town, send: Send, endpoint: str) -> None:
    """Whatever a browser named: inside addresses, strangers, names that only look like one."""
    to = Subscription(endpoint, *_keys(town.browser()))
    outcome = await send(to, town.web(services=PushServices()))
    assert outcome == Rejected(Reason.ADDRESS_BAD, 0, "endpoint")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QGx",
        "https://wns2-ln2p.notify.windows.com/w/?token=BQY",
    ],
)
def test_the_push_services_of_the_browsers_are_known(endpoint: str) -> None:
    assert PushServices().permits(endpoint)
    assert not PushServices(()).permits(endpoint)


async def test_a_name_that_means_a_machine_inside_is_not_called() -> None:
    resolver = OutsideResolver()
    try:
        with pytest.raises(OSError, match="no machine outside"):
            await resolver.resolve("localhost", 443)
    finally:
        await resolver.close()


async def test_no_redirect_is_followed(
    stubborn: Callable[..., Awaitable[tuple[Any, Any]]],
    answer: Callable[..., bytes],
    send: Send,
) -> None:
    inside, _ = await stubborn(answer(201, b""))
    odd, _ = await stubborn(answer(307, b"", f"Location: {inside.url}/push/x"))
    outcome = await send(_at(odd), _only(odd))
    assert isinstance(outcome, Deferred)
    assert (odd.asked, inside.asked) == (1, 0)


def _at(odd: Any) -> Subscription:
    _, keys = make_phone()
    return Subscription(f"{odd.url}/push/x", keys.public, keys.auth)


def _only(odd: Any, **changes: Any) -> WebSettings:
    vapid = Vapid(ec.generate_private_key(ec.SECP256R1()), CONTACT)
    return WebSettings(vapid, PushServices((), f"{odd.url}/push"), **changes)


async def test_no_answer_in_time_is_unknown(
    stubborn: Callable[..., Awaitable[tuple[Any, Any]]], send: Send
) -> None:
    odd, _ = await stubborn(None)
    outcome = await send(_at(odd), _only(odd, reply_timeout=0.3))
    assert isinstance(outcome, Unknown)


async def test_a_push_service_that_is_away_is_left_alone_for_a_moment(
    town: Town, unused_port: int
) -> None:
    base = f"http://127.0.0.1:{unused_port}/push"
    door = WebDoor(town.web(services=PushServices((), base)))
    provider = WebProvider(door)
    away = Subscription(f"{base}/x", *_keys(town.browser()))
    try:
        first = [each async for part in provider.outcomes([notice_to(away)]) for each in part]
        again = [each async for part in provider.outcomes([notice_to(away)]) for each in part]
    finally:
        await provider.close()
    assert isinstance(first[0][1], Deferred)
    assert isinstance(again[0][1], NotSent)
    assert list(door.paused_hosts(clock.now())) == ["127.0.0.1"]


async def test_keys_that_are_no_point_of_the_curve_are_refused(town: Town, send: Send) -> None:
    real = town.browser().subscription
    forged = Subscription(real.endpoint, b"\x04" + b"\x01" * 64, real.auth)
    assert await send(forged) == Rejected(Reason.ADDRESS_BAD, 0, "keys")


def test_the_words_are_what_the_service_worker_reads(town: Town) -> None:
    notification = notice_to(town.browser().subscription)
    told = json.loads(notification.words())
    assert told["notification"]["title"] == notification.title
    assert told["data"] == {"link": LINK, "message": notification.tag.hex}


def test_the_operators_key_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "web-push-key.pem"
    assert make_web_push_key(file)
    assert not make_web_push_key(file)
    assert file.stat().st_mode & 0o077 == 0
    assert len(read_vapid(file, CONTACT).public_key) == 87
    for contact in ("", "desk@renraku.example"):
        with pytest.raises(VapidKeyRefused, match="CONTACT"):
            read_vapid(file, contact)
    file.write_text("no key")
    with pytest.raises(VapidKeyRefused, match="WEB_PUSH_KEY_FILE"):
        read_vapid(file, CONTACT)
