"""The roster goes out as a file and comes in again; the school year turns and turns back.

On a phone, looked at by axe-core; test_every_page.py looks at the same pages at a desk (DIR-2,
DIR-10).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from alone import Standalone
from measures import AXE, SERIOUS
from playwright.sync_api import Browser, Page, expect
from windows import PHONE, page_of, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def office(browser: Browser, running: Standalone) -> Iterator[Page]:
    with page_of(browser, running, PHONE) as page:
        sign_in(page)
        yield page


def look_at(page: Page) -> None:
    page.evaluate(AXE)
    assert page.evaluate(SERIOUS, []) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # What was opened to be looked at lies over the buttons.
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = false)")


def export(page: Page, tmp_path: Path) -> Path:
    """Save the roster that the page offers."""
    page.goto("/members/import")
    with page.expect_download() as download:
        page.get_by_role("button", name="いまの名簿をExcelで保存する").click()
    path = tmp_path / "名簿.xlsx"
    download.value.save_as(path)
    return path


def upload(page: Page, path: Path) -> None:
    page.goto("/members/import")
    page.locator("#file").set_input_files(path)
    page.get_by_role("button", name="違いを確かめる").click()


def test_the_exported_roster_comes_in_unchanged_and_a_change_is_shown_first(
    office: Page, tmp_path: Path
) -> None:
    path = export(office, tmp_path)
    upload(office, path)
    expect(office.get_by_text("名簿と同じです。")).to_be_visible(timeout=60_000)
    look_at(office)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    note, name = headings.index("備考"), headings.index("氏名")
    child = sheet[2][name].value
    remark = "眼鏡を使います"
    sheet[2][note].value = remark
    book.save(path)
    upload(office, path)
    apply = office.get_by_role("button", name="この内容で反映する")
    expect(apply).to_be_visible(timeout=60_000)
    expect(office.get_by_text(remark)).to_be_visible()
    look_at(office)
    apply.click()
    expect(office.get_by_role("heading", level=1)).to_have_text("反映しました", timeout=60_000)
    look_at(office)
    office.get_by_role("link", name=child).first.click()
    expect(office.get_by_text(remark)).to_be_visible()


def test_a_wrong_cell_is_named_and_given_back_marked(office: Page, tmp_path: Path) -> None:
    path = export(office, tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    headings = [cell.value for cell in sheet[1]]
    sheet[3][headings.index("生年月日")].value = "H28.13.2"
    book.save(path)
    upload(office, path)
    expect(office.get_by_text("「H28.13.2」は日付として読めません")).to_be_visible(timeout=60_000)
    look_at(office)
    with office.expect_download() as download:
        office.get_by_role("link", name="印をつけたExcelをダウンロード").click()
    marked = tmp_path / "marked.xlsx"
    download.value.save_as(marked)
    text = " ".join(
        str(cell.value) + (cell.comment.text if cell.comment else "")
        for row in openpyxl.load_workbook(marked).worksheets[0]
        for cell in row
    )
    assert "日付として読めません" in text


def test_the_year_turns_and_turns_back(office: Page) -> None:
    """With a class that is numbered anew, a child that stays a year, a rehearsal and a moment."""
    office.goto("/year-change")
    # Another test of this product may have left one.
    if office.get_by_text("下書きを捨てる…").count():
        drop_draft(office)
    office.get_by_role("button", name="下書きを作る").click()
    look_at(office)
    office.get_by_role("link", name="6年1組").click()
    look_at(office)
    office.get_by_role("button", name="フリガナの順に番号をつけ直す").click()
    expect(office.get_by_role("status").first).to_contain_text("番からつけ直しました")
    office.goto("/year-change/lines?outcome=graduates")
    look_at(office)
    office.locator("a.name").first.click()
    look_at(office)
    office.get_by_label("次の学級に入る").check()
    office.get_by_label("学級", exact=True).select_option(label="6年1組")
    office.get_by_label("番号", exact=True).fill("99")
    office.get_by_role("button", name="この内容で決める").click()
    expect(office.get_by_text("決めました。")).to_be_visible()
    office.goto("/year-change")
    office.get_by_role("button", name="リハーサルをする").click()
    expect(office.get_by_text("名簿は変わっていません")).to_be_visible()
    look_at(office)
    office.goto("/year-change/turn")
    look_at(office)
    office.get_by_label("いますぐ切り替える").check()
    office.get_by_role("button", name="この日時で決める").click()
    expect(office.get_by_text("新しい年度に切り替えました。")).to_be_visible()
    look_at(office)
    office.get_by_text("切り替えを元に戻す…").click()
    office.get_by_role("button", name="前の年度の名簿に戻す").click()
    expect(office.get_by_text("切り替えを元に戻しました")).to_be_visible()
    drop_draft(office)


def drop_draft(office: Page) -> None:
    office.get_by_text("下書きを捨てる…").click()
    office.get_by_role("button", name="読み込んだ学級と番号ごと捨てる").click()
    expect(office.get_by_text("いまの名簿は変わっていません")).to_be_visible()
