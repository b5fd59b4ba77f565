"""A colleague registers a passkey and comes in with password and passkey, in a real browser (ID-6).

Chromium's own virtual authenticator signs, so that our script, our headers and identity's checks
meet what a real one sends.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pyotp
import pytest
from alone import Standalone
from measures import AXE, SERIOUS, WIDER_THAN, WITHOUT_RING
from playwright.sync_api import CDPSession, Page, expect
from windows import DESK, PHONE, page_of

from common import clock
from suite import environment
from suite.loading import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TEACHER = "noguchi@school.town.test"
DEPUTY = "yamashita@school.town.test"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """Start a product of its own: whoever signs in elsewhere has no factor."""
    alone = Standalone(tmp_path_factory.mktemp("guarded"), environment.free_port())
    alone.start()
    yield alone
    assert alone.end(signal.SIGTERM) == 0


def give_authenticator(page: Page) -> tuple[CDPSession, str]:
    """Put a telephone beside the window; return how it is spoken to."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session, made["authenticatorId"]


def type_password(page: Page, mail: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("メールアドレス").fill(mail)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="ログアウト").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("教職員のログイン")


def expect_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def assert_can_be_used(page: Page) -> None:
    """Check that nothing stands out of the page, and that nobody is shut out by it."""
    page.evaluate(AXE)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert page.evaluate(WIDER_THAN, size["width"]) == [], page.url
        assert page.evaluate(SERIOUS, []) == [], page.url
    page.keyboard.press("Tab")  # from here on what gets the focus shows it
    controls, without_ring = page.evaluate(WITHOUT_RING)
    assert controls
    assert without_ring == [], page.url


def test_a_passkey_is_registered_and_opens_the_door_beside_the_password(browser, guarded):
    with page_of(browser, guarded, DESK) as page:
        session, authenticator = give_authenticator(page)
        type_password(page, TEACHER)
        expect_heading(page, "ホーム")
        page.goto("/own")
        page.get_by_role("link", name="多要素認証を登録する・変える").click()
        page.get_by_label("いまのパスワード").fill(PASSWORD)
        page.get_by_role("button", name="次へ").click()
        page.get_by_label("名前（どの端末か）").fill("4年2組のPC")
        assert_can_be_used(page)
        page.get_by_role("button", name="パスキーを登録する").click()
        expect_heading(page, "回復コードを控える")
        assert_can_be_used(page)
        codes = page.locator(".codes code").all_inner_texts()
        assert len(set(codes)) == 10
        page.get_by_role("link", name="控えました").click()
        expect(page.locator(".sessions")).to_contain_text("4年2組のPC")
        sign_out(page)

        type_password(page, TEACHER)
        expect_heading(page, "本人の確認")
        assert_can_be_used(page)
        page.goto("/messages")
        expect_heading(page, "本人の確認")
        page.get_by_role("button", name="パスキーで確認する").click()
        expect_heading(page, "連絡")
        sign_out(page)

        # Without the telephone a recovery code leads on.
        session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": authenticator})
        type_password(page, TEACHER)
        page.get_by_label("回復コード").fill(codes[0])
        page.get_by_role("button", name="確認する", exact=True).click()
        expect(page.get_by_text("残りは9個です。")).to_be_visible()


def test_an_app_is_registered_where_the_school_demands_one_even_without_scripts(browser, guarded):
    with page_of(browser, guarded, DESK) as page:
        type_password(page, DEPUTY)
        page.goto("/settings/safety")
        page.get_by_label("多要素認証").select_option("管理者に必須")
        page.get_by_role("button", name="保存する").click()
        # It holds from the next click of every administrator, whose setting it was too.
        expect_heading(page, "多要素認証を登録する")
        assert_can_be_used(page)
    with page_of(browser, guarded, PHONE, scripts=False) as page:
        type_password(page, DEPUTY)
        expect_heading(page, "多要素認証を登録する")
        expect(page.get_by_role("button", name="パスキーを登録する")).to_be_hidden()
        page.get_by_role("button", name="認証アプリを登録する").click()
        assert_picture_can_be_read(page)
        secret = re.sub(r"\s", "", page.locator(".small-steps code").inner_text())
        page.get_by_label("番号（6けた）").fill(pyotp.TOTP(secret).at(clock.now()))
        page.get_by_role("button", name="登録する").click()
        expect_heading(page, "回復コードを控える")
        page.get_by_role("link", name="控えました").click()
        expect_heading(page, "ホーム")


def assert_picture_can_be_read(page: Page) -> None:
    """Check that the QR is a dark drawing on white, large enough for a telephone's camera."""
    box = page.get_by_role("img", name="QR").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 180
