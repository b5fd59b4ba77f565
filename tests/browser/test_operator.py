"""An operator ends a school's contract in a real browser (ID-10, OPS-1, RET-1).

From the six digits to the certificate.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from alone import Standalone
from playwright.sync_api import Page, expect
from windows import DESK, PHONE, page_of

from common import clock
from retention.domain.certificate import verify
from suite import environment
from suite.demo import operator
from suite.demo.model import id_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SCHOOL = "みなも市立つばめ野小学校"
PAGE = f"/operator/schools/{id_of('school')}"


@pytest.fixture(scope="module")
def ending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """Start a product of its own: here the demo's school comes to its end."""
    alone = Standalone(tmp_path_factory.mktemp("ending"), environment.free_port())
    alone.start()
    yield alone
    assert alone.end(signal.SIGTERM) == 0


def sign_in(page: Page) -> None:
    """Sign in with the code that the town's telephone shows.

    Nobody else signs in here, so no code is used twice.
    """
    page.goto("/operator")
    expect(page.get_by_role("heading", level=1)).to_have_text("運営者のログイン")
    page.get_by_label("メールアドレス").fill(operator.MAIL)
    page.get_by_label("パスワード").fill(operator.PASSWORD)
    page.get_by_label("確認の番号（6けた）").fill(pyotp.TOTP(operator.SECRET).at(clock.now()))
    page.get_by_role("button", name="ログイン", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("状況盤")


def test_a_contract_is_ended_watched_to_its_end_and_certified(browser, ending):
    with page_of(browser, ending, DESK) as page:
        sign_in(page)
        expect(page.get_by_text("いまは、することがありません。")).to_be_visible()
        menu = page.get_by_role("navigation", name="メニュー", exact=True)
        menu.get_by_role("link", name="学校・契約").click()
        page.get_by_role("link", name=SCHOOL).click()
        page.get_by_label("契約の終わりの日").fill(clock.today().isoformat())
        page.get_by_label("データを残す日数").fill("0")
        page.get_by_role("button", name="日付を確かめる").click()
        expect(page.get_by_text("まだ何も変わっていません")).to_be_visible()
        page.get_by_label(re.compile("学校名を入力してください")).fill(SCHOOL)
        end_now = re.compile(f"^{SCHOOL}の契約を令和.+日で終わり、すぐに消去する$")
        page.get_by_role("button", name=end_now).dblclick()

        at_the_end = page.get_by_text("消去が終わりました。証明書を学校にお渡しください。")
        expect(at_the_end).to_be_visible(timeout=90_000)
        services = page.locator("table.services tbody tr")
        assert services.get_by_text("消去しました").count() == services.count() - 1, (
            "all but the key's own line"
        )
        erased = r"名簿・グループ・受信先・電話番号.*消去しました.*[1-9][\d,]*件"
        assert re.search(erased, services.first.inner_text(), re.DOTALL)
        expect(page.get_by_text("廃棄しました")).to_be_visible()
        assert saved(page, "証明書（PDF）").read_bytes().startswith(b"%PDF-")
        certificate = saved(page, "検証用のデータ（JSON）").read_bytes()
        assert json.loads(certificate)["school"]["name"] == SCHOOL
        assert verify(certificate, (ending.folder / ".run/keys/public/retention.pem").read_bytes())

        # From the board it is two presses to the certificate (screens.md 2.6).
        page.get_by_role("link", name="状況盤").click()
        page.get_by_role("link", name=re.compile("証明書ができました")).click()
        assert saved(page, "証明書（PDF）").read_bytes().startswith(b"%PDF-")
        for address in ("/operator", "/operator/schools", PAGE, "/operator/clocks"):
            for size in (DESK, PHONE):
                page.set_viewport_size(size)
                page.goto(address)
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= size["width"], address


def saved(page: Page, link: str) -> Path:
    """Press a link that gives a file; return the file."""
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return Path(download.value.path())
