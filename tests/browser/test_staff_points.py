"""One of the staff registers mail, LINE and app; a message to 教職員 arrives on each (ADR 54)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from alone import Standalone
from hands import Office, wait_until
from playwright.sync_api import Browser, Page, expect
from test_app_registration import newest
from test_registration import assert_can_be_used, code_sent_to, expect_heading
from windows import PHONE, page_of

from suite.loading import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TEACHER = "noguchi@school.town.test"
AT_HOME = "noguchi.home@docomo.town.test"
OWN = "/own/contact-points"


def look_at(page: Page) -> None:
    """See that a page can be used; what was opened to be seen, over the others, is closed again."""
    assert_can_be_used(page)
    page.evaluate("document.querySelector('.bar details').open = false")


def sign_in(page: Page) -> None:
    page.goto(OWN)
    page.fill("input[name=mail]", TEACHER)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    expect_heading(page, "わたしの受信先")


def add_mail(page: Page) -> None:
    page.get_by_label("連絡を受け取るメールアドレス").fill(AT_HOME)
    page.get_by_role("button", name="同意して、確認のメールを送る").click()
    expect_heading(page, "確認のメールの番号")
    look_at(page)
    page.get_by_label("6けたの番号").fill(code_sent_to(page, AT_HOME))
    page.get_by_role("button", name="受信先に加える").click()
    expect(page.get_by_text("受信先に加えました。")).to_be_visible()


def add_line(page: Page) -> str:
    """Link LINE out of its talk, and return where the talk is read."""
    page.goto(f"{OWN}/line")
    look_at(page)
    page.get_by_role("link", name="LINEで友だち追加").click()
    page.get_by_role("button", name="友だち追加").click()
    talk = page.url
    page.get_by_role("link", name="受信登録をする").click(timeout=60_000)
    expect_heading(page, "LINEで受け取る")
    look_at(page)
    page.get_by_role("button", name="同意して、LINEへ進む").click()
    page.get_by_role("button", name="連携する").click()
    page.goto(talk)
    expect(page.get_by_text("ほかの受信先にもお知らせしました。")).to_be_visible(timeout=60_000)
    return talk


def add_app(page: Page) -> None:
    page.context.grant_permissions(["notifications"])
    page.goto(f"{OWN}/app")
    expect(page.get_by_role("button", name="同意して、この端末に届ける")).to_be_visible()
    look_at(page)
    page.get_by_role("button", name="同意して、この端末に届ける").click()
    expect(page.get_by_text("お試しの通知を送りました。")).to_be_visible()
    page.goto(newest(page, "お試しの通知です")["link"])
    page.get_by_role("button", name="届きました").click()
    page.get_by_role("link", name="わたしの受信先を開く").click()
    expect_heading(page, "わたしの受信先")


def write_to_staff(office: Office, subject: str) -> None:
    """Send a message to all the staff, past the undo window."""
    groups = office.call("directory", "GET", "/groups")["items"]
    everybody = next(group["id"] for group in groups if group["name"] == "全教職員")
    audience: dict[str, Any] = {
        "group_ids": [everybody],
        "member_ids": [],
        "excluded_member_ids": [],
    }
    body = {
        "kind": "notice",
        "lane": "normal",
        "subject": subject,
        "body": "職員会議の資料をご覧ください。",
        "audience": audience,
        "created_by_name": "山下 明子",
    }
    message_id = UUID(office.call("messaging", "POST", "/messages", json=body)["id"])
    office.press(message_id, office.snapshot(message_id))
    path = {"message_id": message_id}
    office.call("messaging", "POST", "/messages/{message_id}/send-now", path=path)


def test_a_message_to_the_staff_arrives_where_one_of_them_registered(
    browser: Browser, running: Standalone
) -> None:
    subject = f"職員会議のお知らせ {uuid4().hex[:8]}"
    with page_of(browser, running, PHONE) as page:
        sign_in(page)
        look_at(page)
        add_mail(page)
        talk = add_line(page)
        add_app(page)
        look_at(page)
        expect(page.get_by_text("✓ 届いています")).to_have_count(3)
        write_to_staff(running.office(), subject)

        def has_come_by_mail() -> bool:
            mails = page.context.request.get("/town/mails.json").json()
            mine = [mail["subject"] for mail in mails if mail["recipient"] == AT_HOME]
            return any(subject in each for each in mine)

        wait_until(has_come_by_mail, 90, "the message in the mailbox")
        assert newest(page, subject)

        def has_come_by_line() -> bool:
            page.goto(talk)
            return page.get_by_text(subject).count() > 0

        wait_until(has_come_by_line, 90, "the message in the talk")


def test_who_takes_one_away_may_think_it_over(browser: Browser, running: Standalone) -> None:
    with page_of(browser, running, PHONE) as page:
        sign_in(page)
        page.get_by_role("link", name="外す").first.click()
        expect_heading(page, "受信先を外す")
        look_at(page)
        page.get_by_role("link", name="外さずに戻る").click()
        expect_heading(page, "わたしの受信先")
