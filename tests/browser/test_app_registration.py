"""A family registers a phone of 360 px for notifications; the town is its push service (DLV-6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from alone import Standalone
from hands import wait_until
from measures import AXE, SERIOUS, WIDER_THAN
from playwright.sync_api import Browser, Page, expect
from test_registration import SCHOOL_CODE, sheet_of
from windows import PHONE, page_of

from suite.demo.model import id_of
from suite.town.web_push import shown_name

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# What the service worker shows on the lock screen.
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  const shown = await worker.getNotifications();
  return shown.map(({ title, body, data }) => ({ title, body, link: data.link }));
}"""


def assert_can_be_used(page: Page) -> None:
    page.evaluate(AXE)
    assert page.evaluate(WIDER_THAN, PHONE["width"]) == [], page.url
    assert page.evaluate(SERIOUS, []) == [], page.url


def come_to_ways(page: Page, running: Standalone, child: str) -> None:
    """Enter a child's sheet, and agree to the use of addresses."""
    sheet = sheet_of(running, id_of(child))
    page.goto(f"/t?s={SCHOOL_CODE}&i={sheet.login_id}")
    page.get_by_label("パスコード").fill(sheet.passcode)
    page.get_by_role("button", name="次へ").click()
    page.get_by_role("button", name="同意して進む").click()


# How the phone of this browser is reached: by a token of Firebase's, or by an address of its own.
TOKEN = "() => localStorage.getItem('town-token')"
NAME = "() => JSON.parse(localStorage.getItem('town-phone')).endpoint.split('/').pop()"


def newest(page: Page, words: str) -> dict[str, Any]:
    """Return the newest notification of this browser's phone whose body holds some words."""
    found: list[dict[str, Any]] = []
    phone = page.evaluate(TOKEN) or shown_name(page.evaluate(NAME))

    def has_come() -> bool:
        shown = page.context.request.get("/town/notifications.json", params={"token": phone})
        found.extend(each for each in shown.json() if words in each["body"])
        return bool(found)

    wait_until(has_come, 90, f"the notification {words}")
    return found[0]


def deliver_to_worker(page: Page, notification: dict[str, Any]) -> None:
    """Hand the service worker what the push service would bring, as the phone has read it."""
    told = {
        "notification": {"title": notification["title"], "body": notification["body"]},
        "data": {"link": notification["link"], "message": notification["tag"]},
    }
    devtools = page.context.new_cdp_session(page)
    numbers: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: numbers.extend(each["registrationId"] for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    def is_known() -> bool:
        page.wait_for_timeout(50)  # events of the browser are heard while one waits for it
        return bool(numbers)

    wait_until(is_known, 30, "the service worker")
    origin = page.evaluate("location.origin")
    asked = {"origin": origin, "registrationId": numbers[-1], "data": json.dumps(told)}
    devtools.send("ServiceWorker.deliverPushMessage", asked)


def test_a_phone_is_registered_and_the_press_on_its_test_proves_it(
    browser: Browser, running: Standalone
) -> None:
    with page_of(browser, running, PHONE) as page:
        page.context.grant_permissions(["notifications"])
        come_to_ways(page, running, "pupil/4-2-14")
        page.get_by_role("link", name="アプリ").click()
        expect(page.get_by_role("button", name="この電話に届ける")).to_be_visible()
        assert_can_be_used(page)
        page.get_by_role("button", name="この電話に届ける").click()
        expect(page.get_by_text("この電話に、お試しの通知を送りました。")).to_be_visible()
        assert_can_be_used(page)
        page.goto("/m/family")
        expect(page.get_by_text("まだ確かめていません")).to_be_visible()
        test = newest(page, "お試しの通知です")
        assert test["title"] == "つばめ野小"
        deliver_to_worker(page, test)
        wait_until(lambda: page.evaluate(SHOWN) != [], 30, "the lock screen")
        [shown] = page.evaluate(SHOWN)
        assert shown == {"title": test["title"], "body": test["body"], "link": test["link"]}
        page.goto(shown["link"])
        page.get_by_role("button", name="届きました").click()
        expect(page.get_by_text("ここに届くことを確かめました。")).to_be_visible()
        page.goto("/m/family")
        expect(page.get_by_text("✓ 届いています")).to_be_visible()
        assert_can_be_used(page)


def test_the_same_phone_is_added_at_my_page_once(browser: Browser, running: Standalone) -> None:
    with page_of(browser, running, PHONE) as page:
        page.context.grant_permissions(["notifications"])
        come_to_ways(page, running, "pupil/4-2-15")
        page.get_by_role("link", name="アプリ").click()
        page.get_by_role("button", name="この電話に届ける").click()
        expect(page.get_by_text("この電話に、お試しの通知を送りました。")).to_be_visible()
        page.goto("/m/family")
        page.get_by_role("link", name="アプリ").click()
        page.get_by_role("button", name="同意して、この電話に届ける").click()
        expect(page.get_by_text("この電話を登録しました。")).to_be_visible()
        expect(page.get_by_role("link", name="外す")).to_have_count(1)


IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (IPHONE, "iPhone・iPadでは、先にホーム画面に追加します。"),
        (f"{IPHONE} Line/14.9.0", "LINEなどのアプリの中の画面では、通知を登録できません。"),
    ],
)
def test_a_phone_on_which_it_cannot_work_is_told_what_to_do(
    browser: Browser, running: Standalone, agent: str, words: str
) -> None:
    with page_of(browser, running, PHONE, agent=agent) as page:
        come_to_ways(page, running, "pupil/4-2-16")
        is_inside = "Line" in agent
        offered = page.get_by_role("link", name="アプリ")
        expect(offered).to_have_count(0 if is_inside else 1)
        page.goto("/t/app")
        expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_role("button", name="この電話に届ける")).to_be_hidden()
        assert_can_be_used(page)


def test_where_notifications_are_blocked_the_page_says_how_to_allow_them(
    browser: Browser, running: Standalone
) -> None:
    with page_of(browser, running, PHONE) as page:
        page.add_init_script(
            "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })"
        )
        come_to_ways(page, running, "pupil/4-2-17")
        page.get_by_role("link", name="アプリ").click()
        expect(page.get_by_text("通知が「ブロック」になっています。")).to_be_visible()
        assert_can_be_used(page)
