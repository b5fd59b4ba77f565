"""Who comes to the pages in a browser, and how they come in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyotp
from alone import Standalone
from hands import wait_until
from playwright.sync_api import Browser, BrowserContext

from common import clock
from suite.demo import operator
from suite.loading import PASSWORD

MOTHER = "m..takahashi@docomo.town.test"


@contextmanager
def visitor(browser: Browser, running: Standalone) -> Iterator[BrowserContext]:
    context = browser.new_context(
        locale="ja-JP", timezone_id="Asia/Tokyo", base_url=f"http://localhost:{running.port}"
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()


def ask_link(context: BrowserContext) -> str:
    """Ask for a link to My Page as a mother of the demo, and return what is mailed to her."""
    page = context.new_page()
    page.goto("/m?s=208114825")
    page.fill("input[name=mail]", MOTHER)
    page.get_by_role("button", name="入るためのリンクを送る").click()
    page.get_by_text("登録されていれば").wait_for()
    page.close()
    found: list[str] = []

    def has_come() -> bool:
        mails = context.request.get("/town/mails.json").json()
        texts = [mail["text"] for mail in mails if mail["recipient"] == MOTHER]
        found.extend(re.findall(r"http://localhost:\d+(/m/links/[\w-]+)", "".join(texts)))
        return bool(found)

    wait_until(has_come, 60, "the link to My Page")
    return found[-1]


def come_in(context: BrowserContext, link: str) -> None:
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="マイページを開く").click()
    page.get_by_role("link", name="家族と受信先").wait_for()
    page.close()


def sign_in(
    context: BrowserContext,
    mail: str = "yamashita@school.town.test",
    password: str = PASSWORD,
    *,
    to: str = "/",
) -> None:
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("input[name=mail]", mail)
    page.fill("input[type=password]", password)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url(f"**{to}*")
    page.close()


def sign_in_operator(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/operator/sign-in")
    page.fill("input[name=mail]", operator.MAIL)
    page.fill("input[name=password]", operator.PASSWORD)
    page.fill("input[name=code]", pyotp.TOTP(operator.SECRET).at(clock.now()))
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.wait_for_url("**/operator")
    page.close()
