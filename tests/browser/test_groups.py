"""A tree of groups is built by keyboard alone, in a browser without scripts (DIR-4, DIR-5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alone import Standalone
from measures import AXE, SERIOUS
from playwright.sync_api import Browser, Locator, Page, expect
from windows import DESK, PHONE, page_of, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
MOST_STEPS = 400


@pytest.fixture
def office(browser: Browser, running: Standalone) -> Iterator[Page]:
    """Return the office's window, which has no scripts."""
    with page_of(browser, running, DESK, scripts=False) as page:
        sign_in(page)
        yield page


def go_to(page: Page, name: str) -> Locator:
    """Step with the Tab key until the control of this name has the focus."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name_of(focused) == name:
            return focused
    raise AssertionError(f"the keyboard does not come to {name}")


def name_of(focused: Locator) -> str:
    return focused.get_attribute("aria-label") or focused.inner_text().strip()


def press(page: Page, name: str) -> None:
    go_to(page, name)
    enter(page)


def enter(page: Page) -> None:
    # A page that has just come gives the focus only when it is whole.
    expect(page.locator(":focus")).to_have_count(1)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_name(page: Page, name: str) -> None:
    expect(page.locator(":focus")).to_have_attribute("name", "name")
    page.keyboard.type(name)


def names_below(page: Page, name: str) -> list[str]:
    row = page.locator(".arrange li", has=page.locator(".its-name", has_text=name)).first
    return row.locator("ul .its-name").all_inner_texts()


def test_a_tree_is_built_ordered_and_deleted_by_keyboard_alone(office: Page) -> None:
    office.goto("/groups?kind=free")
    press(office, "追加・変更・並べ替え")
    press(office, "いちばん上に追加")
    type_name(office, "見守り隊")
    enter(office)
    expect(office.locator(":focus")).to_have_text("見守り隊")
    press(office, "見守り隊の下に追加")
    type_name(office, "東")
    press(office, "追加して、続けてもう1つ")
    type_name(office, "西")
    enter(office)
    expect(office.locator(":focus")).to_have_text("西")
    assert names_below(office, "見守り隊") == ["東", "西"]
    press(office, "見守り隊西を上へ")
    assert names_below(office, "見守り隊") == ["西", "東"]
    # It is the first one now: the other arrow is at hand.
    assert name_of(office.locator(":focus")) == "見守り隊西を下へ"
    enter(office)
    assert names_below(office, "見守り隊") == ["東", "西"]
    assert name_of(office.locator(":focus")) == "見守り隊西を上へ"
    press(office, "見守り隊西を変更")
    type_name(office, "南")
    enter(office)
    assert name_of(office.locator(":focus")) == "見守り隊南西を変更"
    office.goto("/groups/arrange?kind=free")
    press(office, "見守り隊を変更")
    press(office, "見守り隊を削除…")
    expect(office.get_by_text("いっしょに削除します：見守り隊東、見守り隊南西")).to_be_visible()
    press(office, "見守り隊を削除する")
    assert name_of(office.locator(":focus")) == "見守り隊を元に戻す"


def test_a_club_takes_people_of_a_class_and_lets_them_go(office: Page) -> None:
    """By ticks and plain forms, narrowed to a class (DIR-5)."""
    office.goto("/groups/new?kind=free")
    type_name(office, "将棋クラブ")
    enter(office)
    enter(office)
    expect(office.get_by_role("heading", level=1)).to_have_text("将棋クラブ")
    press(office, "人を加える・外す")
    office.get_by_label("学級・グループ").select_option(label="4年2組")
    press(office, "しぼる")
    office.get_by_role("group", name="4年2組").get_by_role("checkbox").first.focus()
    office.keyboard.press("Space")
    press(office, "選んだ人を加える")
    expect(office.get_by_role("status")).to_have_text("1人を加えました。")
    expect(office.get_by_text("入っています")).to_have_count(1)
    assert office.get_by_label("学級・グループ").input_value()
    office.locator("[name=remove]").first.focus()
    office.keyboard.press("Space")
    press(office, "選んだ人を外す")
    expect(office.get_by_role("status")).to_have_text("1人を外しました。")


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_of_groups_are_sound_and_fit(
    browser: Browser, running: Standalone, window: dict[str, int]
) -> None:
    """With a note on top and something to bring back, as after a deletion."""
    with page_of(browser, running, window) as page:
        sign_in(page)
        page.goto("/groups/new?kind=staff")
        page.get_by_label("名前").fill("校内研修の係の長い名前のグループ")
        page.get_by_role("button", name="追加する", exact=True).click()
        page.locator(":focus").click()
        page.get_by_role("link", name="変更", exact=True).click()
        page.get_by_role("link", name="削除…").click()
        look_at(page, window)
        # What was opened to be looked at lies over the button.
        page.reload()
        page.get_by_role("button", name="削除する").click()
        expect(page.get_by_role("button", name="元に戻す").first).to_be_focused()
        look_at(page, window)


def look_at(page: Page, window: dict[str, int]) -> None:
    page.evaluate(AXE)
    assert page.evaluate(SERIOUS, []) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
