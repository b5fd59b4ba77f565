"""A family registers on a phone of 360 px, by mail and without a script (DIR-8, MY-5)."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from alone import Standalone
from hands import wait_until
from measures import AXE, SERIOUS, WIDER_THAN
from playwright.sync_api import Browser, Page, expect
from windows import DESK, PHONE, page_of, sign_in

from common import clock
from common.db import Database
from common.keys import Keys
from directory.actions.registration_codes import Codes, give_codes
from identity.store.keyring import Keyring
from suite.demo.model import id_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SCHOOL_CODE = "208114825"
ADDRESS = "m..takagi@docomo.town.test"
FATHERS = "f..takagi.@ezweb.town.test"


def sheet_of(running: Standalone, child: UUID) -> Codes:
    """Hand out the sheet of a child, as the office prints it."""
    run = Path(running.folder) / ".run"
    key = Keyring(run / "keyring", Keys(run / "keys", "identity").wrapping_keys).get(
        id_of("school")
    )
    database = Database.connect(f"sqlite:///{run / 'data' / 'directory.db'}")
    with database.for_school(key.school_id) as session:
        given = give_codes(session, key, [child], now=clock.now())
    database.dispose()
    return given[child]


def code_sent_to(page: Page, address: str) -> str:
    """Return the six digits of the confirmation that lies in a mailbox of the town."""
    found: list[str] = []

    def has_come() -> bool:
        mails = page.context.request.get("/town/mails.json").json()
        texts = "".join(mail["text"] for mail in mails if mail["recipient"] == address)
        found.extend(re.findall(r"6けたの番号　(\d{3} \d{3})", texts))
        return bool(found)

    wait_until(has_come, 60, "the confirmation mail")
    return found[-1]


def assert_can_be_used(page: Page) -> None:
    page.evaluate(AXE)
    assert page.evaluate(WIDER_THAN, PHONE["width"]) == [], page.url
    assert page.evaluate(SERIOUS, []) == [], page.url


def expect_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_a_mother_registers_with_her_sheet_and_her_sons_after_it(
    browser: Browser, running: Standalone
) -> None:
    sheet = sheet_of(running, id_of("pupil/4-2-12"))
    sibling = sheet_of(running, id_of("pupil/4-2-13"))
    with page_of(browser, running, PHONE) as page:
        page.goto(f"/t?s={SCHOOL_CODE}&i={sheet.login_id}")
        assert_can_be_used(page)
        page.get_by_label("パスコード").fill(sheet.passcode.lower())
        page.get_by_role("button", name="次へ").click()
        expect_heading(page, "個人情報の扱い")
        assert_can_be_used(page)
        page.get_by_label("続柄（任意）").select_option("母")
        page.get_by_role("button", name="同意して進む").click()
        expect_heading(page, "届け方を選んでください")
        assert_can_be_used(page)
        page.get_by_role("link", name="メール").click()
        assert_can_be_used(page)
        page.get_by_label("連絡を受け取るメールアドレス").fill(ADDRESS)
        page.get_by_role("button", name="確認のメールを送る").click()
        expect_heading(page, "6けたの番号")
        assert_can_be_used(page)
        page.get_by_label("メールにある6けたの番号").fill(code_sent_to(page, ADDRESS))
        page.get_by_role("button", name="登録する").click()
        expect_heading(page, "受信登録ができました")
        assert_can_be_used(page)
        page.goto(f"/t?s={SCHOOL_CODE}&i={sibling.login_id}")
        assert_can_be_used(page)
        page.get_by_label("パスコード").fill(sibling.passcode)
        page.get_by_label("はい（先の登録に加えます）").check()
        page.get_by_role("button", name="次へ").click()
        expect(page.get_by_text("お子様2人分の連絡が届きます。")).to_be_visible()
        page.get_by_role("link", name="マイページを開く").click()
        expect(page.get_by_role("link", name="家族と受信先")).to_be_visible()


def test_a_father_registers_by_line(browser: Browser, running: Standalone) -> None:
    sheet = sheet_of(running, id_of("pupil/4-2-11"))
    with page_of(browser, running, PHONE) as page:
        page.goto(f"/t?s={SCHOOL_CODE}&i={sheet.login_id}")
        page.get_by_label("パスコード").fill(sheet.passcode)
        page.get_by_role("button", name="次へ").click()
        page.get_by_role("button", name="同意して進む").click()
        page.get_by_role("link", name="LINE").click()
        expect_heading(page, "LINEで受け取る")
        assert_can_be_used(page)
        page.get_by_role("link", name="LINEで友だち追加").click()
        page.get_by_role("button", name="友だち追加").click()
        talk = page.url
        page.get_by_role("link", name="受信登録をする").click(timeout=60_000)
        expect_heading(page, "LINEで受け取る")
        assert_can_be_used(page)
        page.get_by_role("button", name="LINEへ進む").click()
        page.get_by_role("button", name="連携する").click()
        page.goto(talk)
        expect(page.get_by_text("受信登録ができました（お子様1人）。")).to_be_visible(
            timeout=60_000
        )
        page.goto("/t/done")
        assert_can_be_used(page)
        page.get_by_role("button", name="マイページを開く").click()
        page.get_by_role("link", name="家族と受信先").click()
        expect(page.get_by_role("link", name="LINEを追加する")).to_be_visible()
        assert_can_be_used(page)


def say(page: Page, words: str, answer: str) -> None:
    """Type something into the talk of the town, and see the answer below it."""
    found = page.locator("li.theirs").filter(has_text=answer)
    before = found.count()
    page.get_by_label("メッセージを入力").fill(words)
    page.get_by_role("button", name="送信").click()
    expect(found).to_have_count(before + 1, timeout=60_000)


def test_a_grandmother_registers_in_the_talk_and_comes_to_her_page(
    browser: Browser, running: Standalone
) -> None:
    sheet = sheet_of(running, id_of("pupil/4-2-12"))
    with page_of(browser, running, DESK) as office:
        sign_in(office)
        office.goto("/settings/line")
        office.get_by_label("番号を送って登録することも許す").check()
        office.get_by_role("button", name="保存する").click()
        expect(office.get_by_text("保存しました。")).to_be_visible()
    with page_of(browser, running, PHONE) as page:
        page.goto("/town/line/add/@minamo")
        page.get_by_role("button", name="友だち追加").click()
        talk = page.url
        terms = page.get_by_role("link", name="個人情報の扱いを読む")
        expect(terms).to_be_visible(timeout=60_000)
        page.goto(str(terms.get_attribute("href")))
        expect_heading(page, "個人情報の扱い")
        assert_can_be_used(page)
        page.goto(talk)
        page.get_by_role("button", name="同意する").click()
        asked = page.locator("li.theirs").filter(has_text="学校コード（9けた）を送ってください")
        expect(asked).to_be_visible(timeout=60_000)
        say(page, "208 114 825", "登録用IDを送ってください")
        say(page, sheet.login_id.lower(), "パスコードを送ってください")
        say(page, "2222222222", "番号が合いません（あと4回）。登録手順書をご確認ください。")
        say(page, sheet.login_id, "パスコードを送ってください")
        say(page, sheet.passcode, "受信登録ができました（お子様1人）。")
        say(page, "マイページ", "マイページはこちらです")
        page.locator("li.theirs").last.get_by_role("link").click()
        page.get_by_role("button", name="マイページを開く").click()
        expect(page.get_by_role("link", name="家族と受信先")).to_be_visible()


def write_empty_mail(page: Page, sender: str, recipient: str) -> None:
    """Write from a mailbox of the town in which nothing lies yet."""
    page.goto("/town/")
    page.get_by_label("アドレス（まだ空の受信箱も）").fill(sender)
    page.get_by_role("button", name="開く").click()
    page.get_by_label("宛先（登録の画面に出たアドレス）").fill(recipient)
    page.get_by_role("button", name="送る").click()
    expect(page.get_by_text("メールを渡しました。")).to_be_visible()


def test_a_father_registers_by_an_empty_mail(browser: Browser, running: Standalone) -> None:
    sheet = sheet_of(running, id_of("pupil/4-2-14"))
    with page_of(browser, running, PHONE) as page:
        page.goto(f"/t?s={SCHOOL_CODE}&i={sheet.login_id}")
        page.get_by_label("パスコード").fill(sheet.passcode)
        page.get_by_role("button", name="次へ").click()
        page.get_by_role("button", name="同意して進む").click()
        page.get_by_role("link", name="メール").click()
        page.get_by_role("link", name="空メールを送って登録する").click()
        expect_heading(page, "空メールで登録")
        assert_can_be_used(page)
        recipient = page.locator("main .address").inner_text()
        mailbox = page.context.new_page()
        write_empty_mail(mailbox, FATHERS, recipient)
        mailbox.close()
        page.bring_to_front()
        # The page that waits goes on by itself, or by its link where there is no script.
        expect(page.get_by_role("heading", level=1)).to_have_text("6けたの番号", timeout=60_000)
        expect(page.get_by_text(FATHERS)).to_be_visible()
        page.get_by_label("メールにある6けたの番号").fill(code_sent_to(page, FATHERS))
        page.get_by_role("button", name="登録する").click()
        expect_heading(page, "受信登録ができました")
