"""Windows of a browser as people in Japan hold them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alone import Standalone
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from suite.loading import PASSWORD

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}
REFUSALS = ("status of 401", "status of 422")


@contextmanager
def page_of(
    browser: Browser,
    running: Standalone,
    size: dict[str, int],
    *,
    scripts: bool = True,
    refused: bool = False,
    agent: str = "",
) -> Iterator[Page]:
    """Open a page as in Japan.

    Anything the browser complains of (a broken CSP, a missing file) fails the test. `refused`:
    somebody is refused (401, 422), of which it complains too. `agent`: as which browser it names
    itself.
    """
    context = browser.new_context(
        viewport=size,
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        base_url=f"http://localhost:{running.port}",
        java_script_enabled=scripts,
        user_agent=agent or None,
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        is_refusal = refused and any(status in message.text for status in REFUSALS)
        if message.type in ("error", "warning") and not is_refusal:
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
        assert complaints == []
    finally:
        context.close()


def sign_in(page: Page) -> None:
    """Sign in as the vice principal."""
    page.goto("/")
    page.fill("input[name=mail]", "yamashita@school.town.test")
    page.fill("input[type=password]", PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ホーム")
