"""Nothing typed is lost: without a pause, and on leaving the page (MSG-1)."""

from __future__ import annotations

from typing import Any

import pytest
from alone import Standalone
from hands import wait_until
from playwright.sync_api import Browser, Page
from windows import DESK, page_of, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# 66 letters of 100 ms: longer than five seconds.
WITHOUT_A_PAUSE = "一度も手を止めずに書きつづけている本文です。" * 3


def draft_with(running: Standalone, subject: str) -> Any:
    rows = running.query(
        "messaging", "SELECT id, body, deleted_at FROM messages WHERE subject = ?", subject
    )
    return rows[0] if rows else None


def begin(page: Page, subject: str) -> None:
    page.goto("/messages/new")
    page.fill("[name=subject]", subject)


def test_who_types_without_a_pause_is_saved_all_the_same(
    browser: Browser, running: Standalone
) -> None:
    """Walk S2 9: 9 s of typing, then home: there was no draft, and nobody asked."""
    with page_of(browser, running, DESK) as page:
        sign_in(page)
        begin(page, "手を止めない")
        page.locator("[name=body]").press_sequentially(WITHOUT_A_PAUSE, delay=100)
        assert draft_with(running, "手を止めない"), "saved while it was typed"


def test_who_leaves_at_once_finds_every_letter_again(browser: Browser, running: Standalone) -> None:
    with page_of(browser, running, DESK) as page:
        sign_in(page)
        begin(page, "すぐに離れる")
        page.locator("[name=body]").press_sequentially("最後の一字まで。")
        menu = page.get_by_role("navigation", name="メニュー", exact=True)
        menu.get_by_role("link", name="ホーム").click()
        row = wait_until(lambda: draft_with(running, "すぐに離れる"), 10, "the draft")
        assert row[1] == "最後の一字まで。"
        page.goto("/messages/drafts")
        page.get_by_role("button", name="下書き「すぐに離れる」を削除").click()
        page.get_by_role("button", name="元に戻す").first.click()
        assert page.input_value("[name=body]") == "最後の一字まで。"
        assert draft_with(running, "すぐに離れる")[2] is None
