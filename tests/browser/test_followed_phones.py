"""A phone of 360 px registers with Firebase, and stays the one it is (ADR 52)."""

from __future__ import annotations

from typing import Any

import pytest
from alone import Standalone
from hands import wait_until
from playwright.sync_api import Browser, Page, expect
from test_app_registration import IPHONE, assert_can_be_used, come_to_ways, newest
from windows import PHONE, page_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# The phone gets another address from its browser, as a push service gives one now and then.
CHANGE = """async () => {
  const kept = JSON.parse(localStorage.getItem("town-phone"));
  const town = kept.endpoint.slice(0, kept.endpoint.lastIndexOf("/"));
  localStorage.setItem("town-phone", JSON.stringify(await makePhone(town)));
}"""
# What the worker does when it is told of it: an event made by a script keeps no worker awake.
FOLLOW = """async (given) => {
  await follow({ toJSON: () => ({ endpoint: given.endpoint, keys: given }) });
}"""
MANIFEST = "document.querySelector('link[rel=manifest]').href"
INSTALLED = "Object.defineProperty(navigator, 'standalone', { get: () => true })"
KEPT = "async () => (await keptPhone()).app"


def register(page: Page, running: Standalone, child: str) -> None:
    """Register a phone by its browser's push service."""
    page.context.grant_permissions(["notifications"])
    come_to_ways(page, running, child)
    page.get_by_role("link", name="アプリ").click()
    page.get_by_role("button", name="この電話に届ける").click()
    expect(page.get_by_text("この電話に、お試しの通知を送りました。")).to_be_visible()


def register_by_firebase(page: Page, running: Standalone, child: str) -> None:
    """Register a phone of whose push service nobody here knows."""
    page.context.grant_permissions(["notifications"])
    come_to_ways(page, running, child)
    page.get_by_role("link", name="アプリ").click()
    page.evaluate("document.getElementById('app').dataset.town = 'https://push.town.test/x'")
    page.get_by_role("button", name="この電話に届ける").click()
    expect(page.get_by_text("もう1つの方法（Googleの仕組み）で受け取ります。")).to_be_visible()
    assert_can_be_used(page)
    page.get_by_role("button", name="この電話に届ける").click()
    expect(page.get_by_text("この電話に、お試しの通知を送りました。")).to_be_visible()


def prove(page: Page) -> None:
    """Press the newest test that has come to a phone."""
    page.goto(newest(page, "お試しの通知です")["link"])
    page.get_by_role("button", name="届きました").click()
    expect(page.get_by_text("ここに届くことを確かめました。")).to_be_visible()


def assert_is_one_app(page: Page) -> None:
    page.goto("/m/family")
    expect(page.get_by_role("link", name="外す")).to_have_count(1)


def kept(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(KEPT)
    return found


def test_a_token_of_firebases_is_refreshed_and_stays_one_contact_point(
    browser: Browser, running: Standalone
) -> None:
    with page_of(browser, running, PHONE, refused=True) as page:
        register_by_firebase(page, running, "pupil/4-2-18")
        prove(page)
        page.goto("/m")
        expect(page.get_by_text("この電話に届いています（最後")).to_be_visible()
        assert_can_be_used(page)
        first = page.evaluate("localStorage.getItem('town-token')")
        page.evaluate("localStorage.removeItem('town-token')")
        page.goto("/m/family/app")
        page.wait_for_url("**/m/family/app?by=firebase")
        wait_until(lambda: is_other(page, first), 30, "the new token")
        page.goto("/m")
        expect(page.get_by_text("この電話に届くかどうか、まだ確かめていません。")).to_be_visible()
        assert_is_one_app(page)


def is_other(page: Page, first: str) -> bool:
    page.wait_for_timeout(50)
    return bool(kept(page)["firebase_token"] != first)


def test_an_address_that_the_browser_changed_is_followed_at_my_page(
    browser: Browser, running: Standalone
) -> None:
    with page_of(browser, running, PHONE) as page:
        register(page, running, "pupil/4-2-19")
        prove(page)
        page.goto("/m")
        expect(page.get_by_text("この電話に届いています（最後")).to_be_visible()
        page.evaluate(CHANGE)
        page.goto("/m")
        expect(page.get_by_text("この電話に届くかどうか、まだ確かめていません。")).to_be_visible()
        assert_is_one_app(page)
        page.get_by_role("button", name="届くか試す").click()
        expect(page.get_by_text("お試しを送りました。")).to_be_visible()
        prove(page)
        page.goto("/m")
        expect(page.get_by_text("この電話に届いています（最後")).to_be_visible()


def test_the_worker_follows_while_no_page_is_open(browser: Browser, running: Standalone) -> None:
    with page_of(browser, running, PHONE) as page:
        register(page, running, "pupil/4-2-20")
        page.goto("/m")
        expect(page.get_by_text("この電話に届くかどうか、まだ確かめていません。")).to_be_visible()
        page.evaluate(CHANGE)
        given = page.evaluate("JSON.parse(localStorage.getItem('town-phone'))")
        [worker] = page.context.service_workers
        worker.evaluate(FOLLOW, given)
        assert kept(page) == given
        assert_is_one_app(page)


def test_a_phone_that_gave_its_notifications_up_is_led_to_where_it_is_mended(
    browser: Browser, running: Standalone
) -> None:
    with page_of(browser, running, PHONE) as page:
        register(page, running, "pupil/4-2-21")
        page.evaluate("localStorage.removeItem('town-phone')")
        page.goto("/m")
        expect(page.get_by_text("この電話には届いていません。")).to_be_visible()
        assert_can_be_used(page)
        page.get_by_role("link", name="直す", exact=True).click()
        page.get_by_role("button", name="同意して、この電話に届ける").click()
        expect(page.get_by_text("この電話を登録しました。")).to_be_visible()
        expect(page.get_by_role("link", name="外す")).to_have_count(1)
        page.goto("/m")
        expect(page.get_by_text("この電話に届くかどうか、まだ確かめていません。")).to_be_visible()


def test_what_was_begun_in_safari_goes_on_in_the_installed_page(
    browser: Browser, running: Standalone
) -> None:
    with page_of(browser, running, PHONE, agent=IPHONE) as safari:
        come_to_ways(safari, running, "pupil/4-2-22")
        safari.goto("/t/app")
        expect(safari.get_by_text("番号は入れ直しません。")).to_be_visible()
        assert_can_be_used(safari)
        manifest = safari.context.request.get(safari.evaluate(MANIFEST)).json()
    with page_of(browser, running, PHONE, agent=IPHONE) as page:
        page.context.grant_permissions(["notifications"])
        page.add_init_script(INSTALLED)
        page.goto(manifest["start_url"])
        assert_can_be_used(page)
        page.get_by_role("button", name="登録を続ける").click()
        page.get_by_role("button", name="この電話に届ける").click()
        expect(page.get_by_text("この電話に、お試しの通知を送りました。")).to_be_visible()
