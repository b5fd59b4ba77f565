"""Lists on paper: whose they are, not for everybody, who printed them, which sheet of how many.

Walk S2 21, 22.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from hands import wait_until
from playwright.sync_api import Page, expect
from windows import DESK, page_of, sign_in

from suite.demo.roster import demo_roster

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
A4 = (595, 842)  # points
MORE_THAN_A_SHEET = 60  # lines of the operation log
MARGIN_BOXES = """() => [...document.styleSheets]
  .filter((sheet) => sheet.href && sheet.href.includes("print.css"))
  .flatMap((sheet) => [...sheet.cssRules])
  .filter((rule) => rule instanceof CSSPageRule)
  .flatMap((rule) => [...rule.cssRules])
  .map((rule) => rule.cssText)"""


def test_the_operation_log_fills_sheets_that_can_be_filed(browser, running):
    office = running.office()
    for _ in range(MORE_THAN_A_SHEET):
        office.write("4年")
    with page_of(browser, running, DESK) as page:
        sign_in(page)
        page.goto("/operation-log?whole=1&drafts=1")
        on_screen = page.locator("table.log tbody tr").count()
        boxes = " ".join(page.evaluate(MARGIN_BOXES))
        assert "@bottom-right" in boxes
        assert re.search(r'counter\(page\) "/" counter\(pages\)', boxes)
        paper = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type /Page\b", paper)) >= 2
        sheet = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
        assert (round(float(sheet[1])), round(float(sheet[2]))) == A4
        page.emulate_media(media="print")
        header = page.locator(".print-header")
        expect(header).to_contain_text("取扱注意")
        expect(header).to_contain_text("小学校")
        expect(header).to_contain_text(re.compile(r"令和\d+年\d+月\d+日（.）\s*\d+:\d\d 現在"))
        expect(header).to_contain_text("印刷した人　教頭 山下 明子")
        expect(page.locator("table.log tbody tr").last).to_be_visible()
        assert page.locator("table.log tbody tr").count() == on_screen
        expect(page.locator(".log-filter")).to_be_hidden()


def test_on_the_screen_there_is_no_header_for_paper(browser, running):
    with page_of(browser, running, DESK) as page:
        sign_in(page)
        page.goto("/operation-log")
        expect(page.locator(".print-header")).to_be_hidden()


def test_a_browser_that_numbers_no_sheets_gets_a_pdf_that_does(browser, running):
    with page_of(browser, running, DESK) as page:
        page.add_init_script("delete window.CSSMarginRule")
        sign_in(page)
        page.goto("/unreachable")
        sent = []

        def is_for_paper(message: Any) -> bool:
            return message.url.endswith("/paper.pdf")

        def keep(request: Any) -> None:
            if is_for_paper(request):
                sent.append(request)

        page.context.on("request", keep)
        with page.context.expect_event("response", is_for_paper) as answered:
            page.get_by_role("button", name="印刷").click()
        assert answered.value.status == 200
        assert answered.value.headers["content-type"] == "application/pdf"
        listed = json.loads(parse_qs(sent[0].post_data)["list"][0])
        assert listed["title"] == "届かない見込み"
        rows = [row for section in listed["sections"] for row in section["rows"]]
        [mother] = [each for each in demo_roster().guardians if each.key == "guardian/4-2-12/1"]
        reached = [f"{mother.name}（母）", f"母 {mother.phones[0]}", "受信登録がありません"]
        assert ["12", "高木 さくら", *reached] in rows
        assert len(rows) == page.locator(".roll > li").count()


def test_a_list_that_the_browser_prints_is_told_to_the_operation_log_once(browser, running):
    """ID-8: the page says how many lines go onto paper, whichever way printing begins."""
    with page_of(browser, running, DESK) as page:
        sign_in(page)
        page.goto("/operation-log")
        on_screen = page.locator("table.log tbody tr").count()
        told = []
        page.on("request", lambda asked: "/printed-lists" in asked.url and told.append(asked))
        with page.expect_response("**/printed-lists") as answered:
            page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert answered.value.status == 204
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        wait_until(
            lambda: newest_print(page, f"操作ログ・{on_screen}件"), 30, "the print in the log"
        )
        assert len(told) == 1


def newest_print(page: Page, words: str) -> bool:
    """Return whether the newest print of the operation log is this: it is written by an event."""
    page.goto("/operation-log?kind=exported")
    printed = page.locator("table.log tbody tr").filter(has_text="一覧を印刷しました")
    return printed.count() > 0 and words in printed.first.inner_text()
