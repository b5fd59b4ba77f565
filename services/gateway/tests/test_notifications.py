"""A notification in a real browser (DLV-4).

It is shown from what FCM hands on, twice only once, and pressed it leads nowhere else.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from fake_houses import FakeHouses
from flask import Flask
from playwright.sync_api import BrowserContext, Page
from town_school import make_reading
from werkzeug.serving import make_server

from common import clock
from common.testing.chromium import chromium

pytestmark = pytest.mark.browser

UNTIL_SHOWN = """async (wanted) => {
  const ready = await navigator.serviceWorker.ready;
  for (const end = performance.now() + 2000; ; await new Promise((go) => setTimeout(go, 20))) {
    const there = await ready.getNotifications();
    const shown = there.map((one) => [one.title, one.body, one.data.link]).sort();
    if (JSON.stringify(shown) === JSON.stringify(wanted) || performance.now() > end) return shown;
  }
}"""


@pytest.fixture
def origin(houses: FakeHouses, app: Flask) -> Iterator[str]:
    houses.reading = make_reading(houses.members[:2])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def phone(origin: str) -> Iterator[BrowserContext]:
    """Open a browser whose owner allowed notifications."""
    with chromium() as browser:
        context = browser.new_context(permissions=["notifications"])
        yield context
        context.close()


@pytest.fixture
def page(phone: BrowserContext, origin: str) -> Page:
    page = phone.new_page()
    page.goto(f"{origin}/r/good")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    return page


@pytest.fixture
def push(phone: BrowserContext, page: Page, origin: str) -> Callable[[str], None]:
    """Deliver a push message as Google's servers would."""
    tools = phone.new_cdp_session(page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(r["registrationId"] for r in told["registrations"]),
    )
    tools.send("ServiceWorker.enable")

    def deliver(text: str) -> None:
        deadline = clock.monotonic() + 20
        # Chromium tells of the registration in its own time; each question lets its word through.
        while not found:
            assert clock.monotonic() < deadline, "Chromium told of no registration"
            page.evaluate(
                "() => navigator.serviceWorker.getRegistrations().then((all) => all.length)"
            )
        tools.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": found[0], "data": text},
        )

    return deliver


def as_fcm_hands_on(title: str, link: str, message: str = "m1") -> str:
    return json.dumps(
        {
            "notification": {"title": title, "body": "校外学習について"},
            "data": {"link": link, "message": message},
        }
    )


def assert_shows(page: Page, push: Callable[[str], None], text: str, *wanted: list[str]) -> None:
    """Push, and wait until the phone shows exactly these: title, body, link.

    The protocol by which tests hand a push to Chromium loses one now and then, in silence: what
    changed nothing is pushed again.
    """
    for _ in range(5):
        push(text)
        shown = page.evaluate(UNTIL_SHOWN, sorted(wanted))
        if shown == sorted(wanted):
            return
    assert shown == sorted(wanted)


def test_reading_makes_the_worker_ready_for_every_page(page: Page, origin: str) -> None:
    assert (
        page.evaluate("() => navigator.serviceWorker.ready.then((one) => one.scope)")
        == f"{origin}/"
    )


def test_what_the_school_pushes_is_shown_and_the_same_message_once(
    page: Page, origin: str, push: Callable[[str], None]
) -> None:
    body = "校外学習について"
    good, other = f"{origin}/r/good", f"{origin}/r/other"
    assert_shows(page, push, as_fcm_hands_on("古い題名", good), ["古い題名", body, good])
    first = ["つばめ野小 4年2組", body, good]
    assert_shows(page, push, as_fcm_hands_on(first[0], good), first)
    assert_shows(
        page,
        push,
        as_fcm_hands_on("【緊急】つばめ野小", other, "m2"),
        first,
        ["【緊急】つばめ野小", body, other],
    )


def test_a_push_that_cannot_be_read_still_says_that_there_is_something(
    page: Page, push: Callable[[str], None]
) -> None:
    assert_shows(page, push, "no json", ["学校からの連絡", "くわしくは開いてください", ""])


def test_a_press_opens_the_message_and_never_another_site(
    phone: BrowserContext, page: Page, origin: str
) -> None:
    (worker,) = phone.service_workers
    for link, path in {
        "/r/good": "/r/good",
        f"{origin}/r/good": "/r/good",
        "https://else.example/r/good": "/app",
        "javascript:alert(1)": "/app",
        "http://": "/app",
        "": "/app",
    }.items():
        assert worker.evaluate("(link) => ownAddress(link)", link) == origin + path, link


# The windows that a phone has, and what it makes of openWindow(): both differ between phones.
PRESS = """async ([wanted, focusFails, opensInstead]) => {
  const opened = [];
  const focus = async () => { if (focusFails) throw new TypeError("no such page"); };
  const asleep = { url: wanted, focus };
  const matchAll = async () => [asleep];
  const openWindow = async (address) => {
    opened.push(address);
    return { url: opensInstead || address };
  };
  Object.defineProperty(self.clients, "matchAll", { configurable: true, value: matchAll });
  Object.defineProperty(self.clients, "openWindow", { configurable: true, value: openWindow });
  await open(wanted);
  return opened;
}"""


def test_a_page_that_the_phone_put_to_sleep_is_opened_anew(
    phone: BrowserContext, page: Page, origin: str
) -> None:
    """B14: focus() rejects where an iPhone has ended the app."""
    (worker,) = phone.service_workers
    message = f"{origin}/r/good"
    assert worker.evaluate(PRESS, [message, False, ""]) == []
    assert worker.evaluate(PRESS, [message, True, ""]) == [message]


def test_the_start_page_leads_on_to_the_message(
    phone: BrowserContext, page: Page, origin: str
) -> None:
    """B14: openWindow() of some iPhones opens the start page whatever was asked (WebKit 259212)."""
    (worker,) = phone.service_workers
    message = f"{origin}/r/good"
    worker.evaluate(PRESS, [message, True, f"{origin}/app"])
    page.goto(f"{origin}/app")
    page.wait_for_url(message)
    page.clock.install()
    page.goto(f"{origin}/app")
    # The page looks twice, the second time after a second.
    page.clock.run_for(2000)
    assert (
        page.evaluate(
            "() => caches.open('wanted').then((one) => one.match('/app/wanted')).then(Boolean)"
        )
        is False
    )
    assert page.url == f"{origin}/app", "the wish is met once"


def test_a_message_that_opened_at_once_leaves_no_wish(
    phone: BrowserContext, page: Page, origin: str
) -> None:
    (worker,) = phone.service_workers
    worker.evaluate(PRESS, [f"{origin}/r/good", True, ""])
    assert worker.evaluate("() => caches.has('wanted')") is False


def test_only_a_wanted_re_send_rings_again(
    page: Page, push: Callable[[str], None], origin: str
) -> None:
    """B17: a double of the same message stays silent."""
    good = f"{origin}/r/good"
    pushed = json.loads(as_fcm_hands_on("つばめ野小", good))
    shown = "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
    look = f"() => {shown}.then(([one]) => [one.renotify, one.icon, one.badge])"
    assert_shows(page, push, json.dumps(pushed), ["つばめ野小", "校外学習について", good])
    icon, badge = f"{origin}/static/icons/app-192.png", f"{origin}/static/icons/badge-96.png"
    assert page.evaluate(look) == [False, icon, badge]
    pushed["data"]["renotify"] = "1"
    pushed["notification"]["title"] = "【再送】つばめ野小"
    assert_shows(page, push, json.dumps(pushed), ["【再送】つばめ野小", "校外学習について", good])
    assert page.evaluate(look) == [True, icon, badge]
