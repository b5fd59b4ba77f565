"""A newcomer signs in by the city's account, which the town stands in for (ID-14)."""

from __future__ import annotations

import re

import pytest
from hands import wait_until
from playwright.sync_api import Page, expect
from windows import DESK, PHONE, page_of

from suite.demo import city

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
BUTTON = f"{city.NAME}でログイン"


def go_over(page: Page) -> None:
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(city.NAME)
    assert "/town/city/authorize?" in page.url


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_press_and_a_pick_lead_to_the_page_that_was_asked_for(browser, running, size, scripts):
    with page_of(browser, running, size, scripts=scripts) as page:
        # Opened by another site it would be refused, as the way back from the provider looks.
        page.goto("/operation-log")
        go_over(page)
        page.get_by_role("button", name="山下 明子でログイン").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("操作ログ")
        assert page.url.endswith("/operation-log")
        wait_until(lambda: is_logged(page), 30, "the sign-in in the operation log")


def is_logged(page: Page) -> bool:
    """Return whether the operation log tells of the sign-in: it is written by an event."""
    page.reload()
    return page.get_by_text("市などのアカウントで").count() > 0


def test_who_has_no_account_at_a_school_is_told_whom_to_ask(browser, running):
    with page_of(browser, running, DESK, refused=True) as page:
        page.goto("/sign-in")
        go_over(page)
        page.get_by_role("button", name="古川 茂でログイン").click()
        expect(page.get_by_role("alert")).to_contain_text("どの学校にも登録されていません")
        page.get_by_role("button", name=BUTTON).click()
        page.get_by_role("button", name="やめる").click()
        expect(page.get_by_role("alert")).to_contain_text("取りやめられました")


def test_an_answer_that_was_used_opens_nothing_in_another_window(browser, running):
    with page_of(browser, running, DESK) as page:
        page.goto("/sign-in")
        go_over(page)
        with page.expect_request(re.compile("/sign-in/city/return")) as brought:
            page.get_by_role("button", name="山下 明子でログイン").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("ホーム")
        with page_of(browser, running, DESK, refused=True) as other:
            refused = other.goto(brought.value.url)
            assert refused.status == 401
            expect(other.get_by_role("alert")).to_contain_text("確かめられませんでした")
