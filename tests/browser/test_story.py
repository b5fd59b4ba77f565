"""The story as a school and a mother live it, in a real browser.

MSG-1, MSG-8, MSG-11, MSG-23, MSG-25, DIR-15, MY-5.
"""

from __future__ import annotations

import re

import pytest
from alone import Standalone
from hands import wait_until
from playwright.sync_api import Page, expect
from windows import DESK, PHONE, page_of, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
# Other tests of this product let families come in meanwhile.
TO_ALL = re.compile(r"^全校\d+人に送る（\d人には届きません）$")
URGENTLY_TO_ALL = re.compile(r"^全校\d+人に緊急で送る（\d人には届きません）$")
TO_GRADE_FOUR = re.compile(r"^4年の\d+人に送る（\d人には届きません）$")


def write_from_template(page: Page) -> None:
    """Go from home to the confirm screen with T10 for grade 4, its blanks still open."""
    page.locator("main").get_by_role("link", name="連絡を送る").click()
    page.get_by_label(re.compile(r"^4年")).first.check()
    page.get_by_text("ひな形から書く").click()
    page.get_by_role("button", name=re.compile("校外学習の持ち物")).click()
    expect(page.locator("[name=subject]")).to_have_value(re.compile("校外学習"))
    page.get_by_role("button", name="確認へ").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("内容の確認")


def fill_the_blanks(page: Page) -> None:
    """Fill each blank once, in the fields over the text, with what it shows."""
    page.get_by_role("link", name="直す").first.click()
    for field in page.locator("[name=fill]").all():
        field.fill((field.get_attribute("data-fill") or "").strip("〔〕"))
    page.get_by_role("button", name="確認へ").click()


def test_a_notice_is_written_sent_read_and_confirmed(browser, running):
    with page_of(browser, running, DESK) as page:
        sign_in(page)
        write_from_template(page)
        expect(page.get_by_text("残っています")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("人に送る"))).to_have_count(0)
        fill_the_blanks(page)
        expect(page.get_by_text("4年の保護者の皆様").first).to_be_visible()
        page.get_by_role("button", name=TO_GRADE_FOUR).dblclick()
        expect(page.get_by_text("まだだれにも送られていません")).to_be_visible()
        message_url = page.url
        page.get_by_role("button", name="いますぐ送る").click()
        expect(page.get_by_text("送信が終わりました").first).to_be_visible(timeout=60_000)
        message_id = re.search(r"/messages/([0-9a-f-]{36})", message_url).group(1)

        mother_of_two = running.query(
            "dispatch-mail",
            "SELECT id, members FROM deliveries WHERE message_id = ? AND state = 'accepted'",
            message_id.replace("-", ""),
        )
        delivery_id = mother_of_two[0][0]
        link = _link_in_mail(page, delivery_id)

        with page_of(browser, running, PHONE) as phone:
            phone.goto(link)
            expect(phone.get_by_role("heading", level=1)).to_contain_text("校外学習")
            assert _confirmed(running, message_id) == 0
            assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            phone.get_by_role("button", name="確認しました").click()
            expect(phone.get_by_text("確認を受け付けました")).to_be_visible()
        wait_until(lambda: _confirmed(running, message_id) >= 1, what="the confirmation")
        page.goto(f"/messages/{message_id}")
        expect(page.get_by_text("確認済み").first).to_be_visible()


def test_one_press_confirms_both_siblings_of_one_mother(browser, running):
    with page_of(browser, running, DESK) as page:
        sign_in(page)
        page.goto("/messages/new")
        page.get_by_label(re.compile(r"^全校")).check()
        page.fill("[name=subject]", "就学時健診の日の下校について")
        page.fill("[name=body]", "給食のあと、13時20分に下校します。")
        page.get_by_role("button", name="確認へ").click()
        page.get_by_label(re.compile("を確かめました")).check()
        page.get_by_role("button", name=TO_ALL).click()
        page.get_by_role("button", name="いますぐ送る").click()
        message_id = re.search(r"/messages/([0-9a-f-]{36})", page.url).group(1)

        def siblings() -> list[tuple[str, str]]:
            rows = running.query(
                "dispatch-mail",
                "SELECT id, members FROM deliveries WHERE message_id = ? AND state = 'accepted'",
                message_id.replace("-", ""),
            )
            return [row for row in rows if row[1].count("-") >= 8]  # two ids have four dashes each

        delivery_id = wait_until(siblings, 60, "a mail to a guardian of two")[0][0]
        with page_of(browser, running, PHONE) as phone:
            phone.goto(_link_in_mail(page, delivery_id))
            expect(phone.get_by_text("お子様2人分").first).to_be_visible()
            phone.get_by_role("button", name="確認しました").click()
            expect(phone.get_by_text("お子様2人分").first).to_be_visible()
        assert _confirmed(running, message_id) == 2


def test_a_notice_goes_out_without_any_script(browser, running):
    with page_of(browser, running, PHONE, scripts=False) as page:
        sign_in(page)
        page.goto("/messages/new")
        page.get_by_label(re.compile(r"^4年")).first.check()
        page.fill("[name=subject]", "図書の返却について")
        page.fill("[name=body]", "今週中に返してください。")
        page.get_by_role("button", name="確認へ").click()
        page.get_by_role("button", name=TO_GRADE_FOUR).click()
        expect(page.get_by_text("まだだれにも送られていません")).to_be_visible()
        page.get_by_role("button", name="取りやめる").click()
        expect(page.get_by_role("heading", level=1)).not_to_contain_text("うまくいきません")


def test_an_urgent_message_to_the_whole_school_costs_four_presses_on_a_phone(browser, running):
    """緊急連絡 → ひな形 → 確認へ → 送る, and the blanks (screens.md 2.4)."""
    with page_of(browser, running, PHONE) as page:
        sign_in(page)
        page.locator("main").get_by_role("link", name="緊急連絡").click()
        page.get_by_role("button", name=re.compile("臨時休業")).click()
        expect(page.get_by_text("宛先：全校").first).to_be_visible()
        for field in page.locator("[name=fill]").all():
            if not field.input_value():
                field.fill("暴風警報")
        page.get_by_role("button", name="確認へ").click()
        page.get_by_role("button", name=URGENTLY_TO_ALL).click()
        expect(page.get_by_text("まだだれにも送られていません")).to_be_visible()
        page.get_by_role("button", name="取りやめる").click()
        expect(page.get_by_text("取りやめました。だれにも送られていません。")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/", "/messages/new", "/messages", "/members", "/groups", "/operation-log", "/help"]
)
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_fits_its_screen(browser, running, path, size):
    with page_of(browser, running, size) as page:
        sign_in(page)
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.title().split("｜")[0].split(" | ")[0].strip()


def _link_in_mail(page: Page, delivery_hex: str) -> str:
    """Return the reading link of a delivery's mail in the town."""
    for mail in page.request.get("/town/mails.json").json():
        if delivery_hex in mail["message_id"]:
            return re.search(r"http://localhost:\d+(/r/[\w-]+)", mail["text"]).group(1)
    raise AssertionError("the mail is not in the town")


def _confirmed(running: Standalone, message_id: str) -> int:
    statement = "SELECT count(*) FROM recipients WHERE message_id = ? AND confirmed_at IS NOT NULL"
    return running.query("messaging", statement, message_id.replace("-", ""))[0][0]
