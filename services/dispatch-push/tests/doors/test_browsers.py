"""Phones that registered with the push service of their browser, without Google (DLV-6, DIR-8)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from town_fcm import CONTACT, Town

from common import clock
from common.bus import memory
from common.db import Database
from common.schemas import Envelope
from common.testing.dispatch import (
    Answered,
    Neighbours,
    Publish,
    Said,
    States,
    Working,
    at_work,
    run_jobs,
)
from common.testing.events import published
from common.testing.tokens import bearer, service_token
from common.testing.waiting import until
from dispatch_push import jobs
from dispatch_push.app import create_app
from dispatch_push.config import Settings
from dispatch_push.provider.web.settings import services_of
from dispatch_push.worker import FAMILY_NOTIFICATIONS, create_worker
from suite.web_push_key import make_web_push_key

TEST_PAGE = "/m/links/token-of-test"
Ask = Callable[[UUID], Awaitable[None]]


@pytest.fixture
def with_key(settings: Settings, town: Town, tmp_path: Path) -> Settings:
    key_file = tmp_path / "web-push-key.pem"
    make_web_push_key(key_file)
    towards = {
        "fcm_url": town.url,
        "fcm_service_account_file": town.service_account,
        "web_push_key_file": key_file,
        "web_push_contact": CONTACT,
        "push_town_url": town.push_url,
    }
    return settings.model_copy(update=towards)


@pytest.fixture
def working(with_key: Settings, database: Database, neighbours: Neighbours) -> Working:
    @asynccontextmanager
    async def run() -> AsyncIterator[None]:
        async with at_work(lambda bus: create_worker(with_key, database, bus)):
            yield

    return run


async def test_a_message_goes_to_browsers_and_to_tokens_side_by_side(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    answered: Answered,
    town: Town,
) -> None:
    browser, token = town.browser(), "app-" + "0" * 32
    families = [neighbours.add_family(address) for address in (browser.address, token)]
    async with working():
        await publish(neighbours.add_message(), *families)
        await until(lambda: states() == {"accepted": 2})
    assert len(answered()) == 2
    [(title, _, link)] = town.screen(browser.shown)
    assert [title] == [shown[0] for shown in town.screen(token)]
    assert link.startswith("https://renraku.minamo.example/r/")


async def test_a_browser_that_is_gone_is_told_to_directory(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    states: States,
    said: Said,
    database: Database,
    town: Town,
) -> None:
    families = [neighbours.add_family(town.browser(each).address) for each in ("gone", "busy")]
    async with working():
        await publish(neighbours.add_message(), *families)
        await until(lambda: states() == {"refused": 1, "deferred": 1})
    run_jobs(database, jobs.JOBS, clock.now())
    (event,) = said("contact_point.changed")
    assert event.payload["health"] == "token_dead"
    assert str(event.payload["contact_point_id"]) == neighbours.points[0]["contact_point_id"]


@pytest.mark.parametrize(
    "address",
    ['{"endpoint":"https://127.0.0.1/x","p256dh":"BBBB","auth":"AAAA"}', "{}", "{not json"],
)
async def test_an_address_that_is_no_subscription_is_refused_and_nothing_else(
    working: Working,
    publish: Publish,
    neighbours: Neighbours,
    answered: Answered,
    town: Town,
    address: str,
) -> None:
    good = town.browser()
    families = [neighbours.add_family(each) for each in (address, good.address)]
    async with working():
        await publish(neighbours.add_message(), *families)
        await until(lambda: len(answered()) == 2)
    assert {point["reason"] for point in answered()} == {"address_bad", None}
    assert len(town.screen(good.shown)) == 1


@pytest.fixture
async def ask(
    transport: memory.Memory, neighbours: Neighbours, settings: Settings
) -> Callable[[UUID], Awaitable[None]]:
    """Say `family_notification.requested` on the bus, as directory does."""
    await transport.declare([FAMILY_NOTIFICATIONS])

    async def say(notification_id: UUID) -> None:
        payload = {"notification_id": notification_id}
        event = Envelope.of("family_notification.requested", neighbours.school_id, payload)
        await transport.publish(published(settings.keys_dir, event))

    return say


@pytest.mark.parametrize(
    ("kind", "language", "body", "path"),
    [
        (
            "test",
            "ja",
            "お試しの通知です。押して、届いたことを教えてください",
            "/m/links/token-of-test",
        ),
        ("test", "en", "A test. Open it and say that it came.", f"{TEST_PAGE}?lang=en"),
        ("added", "ja", "受信先が増えました。開いて、心当たりを確かめてください", "/m/family"),
        ("added", "en", "A contact was added. Open it to check.", "/m/family?lang=en"),
        ("password_chosen", "en", "My Page's password has changed.", "/m/family?lang=en"),
        ("password_removed", "ja", "マイページのパスワードがなくなりました", "/m/family"),
        (
            "staff_added",
            "ja",
            "あなたの受信先が増えました。開いて、心当たりを確かめてください",
            "/own/contact-points",
        ),
    ],
)
async def test_the_products_own_words_stand_on_the_lock_screen(
    working: Working,
    ask: Ask,
    neighbours: Neighbours,
    states: States,
    said: Said,
    town: Town,
    kind: str,
    language: str,
    body: str,
    path: str,
) -> None:
    browser = town.browser()
    neighbours.add_family(browser.address)
    notification_id = neighbours.add_family_mail(kind, language=language)
    if not kind.endswith("test"):
        neighbours.family_mails[str(notification_id)]["token"] = None
    async with working():
        await ask(notification_id)
        await ask(notification_id)
        await until(lambda: states() == {"accepted": 1})
    [shown] = town.screen(browser.shown)
    assert shown == ("つばめ野小", body, f"https://renraku.minamo.example{path}")
    assert len(body) <= 40
    assert said("delivery.settled") == []


async def test_what_was_pressed_or_is_over_goes_nowhere(
    working: Working, ask: Ask, neighbours: Neighbours, states: States, town: Town
) -> None:
    browser = town.browser()
    neighbours.add_family(browser.address)
    over, good = (neighbours.add_family_mail("test") for _ in range(2))
    del neighbours.family_mails[str(over)]
    async with working():
        await ask(over)
        await ask(good)
        await until(lambda: states() == {"accepted": 1})
    assert len(town.screen(browser.shown)) == 1


def test_the_gateway_alone_is_told_the_key_by_which_browsers_register(
    with_key: Settings, settings: Settings, database: Database, neighbours: Neighbours
) -> None:
    app = create_app(with_key, database=database)
    assert len(_ask_key(app, with_key, "gateway").json["public_key"]) == 87
    assert _ask_key(app, with_key, "messaging").status_code == 403
    without = create_app(settings, database=database)
    assert _ask_key(without, settings, "gateway").json == {"public_key": None}


def _ask_key(app: Flask, settings: Settings, house: str) -> Any:
    headers = bearer(service_token(settings.keys_dir, house, "dispatch-push"))
    return app.test_client().get("/web-push", headers=headers)


def test_a_key_file_that_is_none_offers_no_app(
    with_key: Settings, database: Database, neighbours: Neighbours
) -> None:
    assert with_key.web_push_key_file is not None
    with_key.web_push_key_file.write_text("no key")
    app = create_app(with_key, database=database)
    assert _ask_key(app, with_key, "gateway").json == {"public_key": None}


def test_standalone_mode_calls_the_town_alone(with_key: Settings) -> None:
    alone = with_key.model_copy(update={"only_loopback_relay": True})
    assert services_of(with_key).permits("https://fcm.googleapis.com/fcm/send/x")
    assert not services_of(alone).permits("https://fcm.googleapis.com/fcm/send/x")
    assert services_of(alone).permits(f"{with_key.push_town_url}/web.x")
