"""Every page for every reader, found by its links.

Each is looked at once by axe-core, by keyboard, in the dark, narrow and large; the tests below read
what was found (screens.md, "Look"; WCAG 2.2 AA).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from alone import Standalone
from hands import wait_until
from measures import AXE, SERIOUS, SHORTENED, WIDER_THAN, WITHOUT_RING
from playwright.sync_api import Browser, BrowserContext, CDPSession, FilePayload, Page
from visitors import ask_link, come_in, sign_in, sign_in_operator, visitor
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from common import clock
from gateway.app import create_app
from gateway.config import Settings
from suite.demo.model import id_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

DESK, PHONE, NARROW = (1280, 800), (360, 740), 320  # pixels; WCAG 1.4.10
ZOOMED = 640  # pixels; what a window of 1280 has left at 200 %
LARGE = 32  # pixels; a reader who doubled the browser's own letters
LINK = re.compile(r'href="(/[^"#]*)')
# Where the city's provider sends whom it did not let in.
BACK = "/sign-in/city/return?error=access_denied"
# Answers that are no page: parts of one, files, what machines ask for.
PARTS = {
    *("home.board", "progress.board", "registration_empty_mails.state"),
    *(f"{room}.progress" for room in ("operator_schools", "roster_import")),
    "staff_import.accounts",
}
NOT_LOOKED_AT = PARTS | {
    "static",
    "healthz",
    "readyz",
    "metrics_page",
    "web_app.manifest",
    "web_app.service_worker",
    "steps.next_step",  # it only leads on
    # Of who has a second factor, or must have one: test_factors.py looks at them.
    "proofs.factor",
    "factors.enrolment",
    *(f"registration.{page}" for page in ("terms", "ways", "done")),  # test_registration*.py
    *("registration_mails.ask", "registration_mails.code", "registration_empty_mails.wait"),
    *("registration_apps.ask", "registration_line.show"),
    # The gateway's own tests read them.
    "own_points.code",
}
# The same page with fewer rows, or with the next ones.
NARROWING = {"after", "class", "group", "kind", "status", "whole", "mine", "who"}


@dataclass
class Findings:
    """What is wrong, by concern, each with its page."""

    addresses: dict[str, str] = field(default_factory=dict)
    controls: int = 0
    axe: list[str] = field(default_factory=list)
    rings: list[str] = field(default_factory=list)
    widths: list[str] = field(default_factory=list)


@dataclass
class Finder:
    """Follows links from page to page; of each page's kind the first one is kept.

    A kind is the page's rule and the names in its query.
    """

    rules: MapAdapter
    found: dict[str, str] = field(default_factory=dict)

    def follow(self, context: BrowserContext, *begin: str) -> dict[str, str]:
        """Return the pages that one comes to from these, for this visitor alone."""
        mine: dict[str, str] = {}
        waiting = list(begin)
        while waiting:
            address = waiting.pop(0)
            kind = self.kind_of(address)
            if kind is None or kind in self.found:
                continue
            answer = context.request.get(address)
            if "text/html" not in answer.headers.get("content-type", ""):
                continue
            self.found[kind] = mine[kind] = address
            waiting += [link.replace("&amp;", "&") for link in LINK.findall(answer.text())]
        return mine

    def anew(self, rooms: str) -> Finder:
        """Return a finder for who is let in now: to a stranger these rooms were all one door."""
        others = {kind: at for kind, at in self.found.items() if not kind.startswith(rooms)}
        return Finder(self.rules, others)

    def kind_of(self, address: str) -> str | None:
        """Return what kind of page an address is; None where it is none of ours."""
        parts = urlsplit(address)
        try:
            rule, values = self.rules.match(parts.path, return_rule=True)
        except HTTPException:
            return None
        if rule.endpoint in NOT_LOOKED_AT:
            return None
        named = [name for name, _ in parse_qsl(parts.query) if name not in NARROWING]
        if rule.endpoint == "help.one_page":
            named.append(values["slug"])
        return " ".join([rule.endpoint, *sorted(named)])


@pytest.fixture(scope="module")
def findings(browser: Browser, running: Standalone) -> Findings:
    return look_at_everything(browser, running)


def look_at_everything(browser: Browser, running: Standalone) -> Findings:
    """Find every page, visit each once, and write down what is wrong with it."""
    office = running.office()
    sent = office.send("4年")
    draft = office.write("5年")
    wait_until(lambda: sent.progress()["state"] == "complete", 60, "the end of the send")
    app = create_app(settings_of(running))
    finder = Finder(app.url_map.bind("localhost"))
    result = Findings(addresses=finder.found)
    with visitor(browser, running) as family:
        texts = [mail["text"] for mail in family.request.get("/town/mails.json").json()]
        text = next(text for text in texts if "/r/" in text and "/u/" in text)
        links = re.findall(r"http://localhost:\d+(/[ru]/[\w-]+)", text)
        begin = [
            *links,
            "/r/forged",
            "/t/c/forged",
            "/app",
            "/sign-in",
            BACK,
            "/operator/sign-in",
            "/help",
        ]
        measure(family, finder.follow(family, *begin), result)
    with visitor(browser, running) as mother:
        link = ask_link(mother)
        measure(mother, finder.follow(mother, "/m?s=208114825", link), result)
        come_in(mother, link)
        own = finder.anew("my_").follow(mother, "/m")
        measure(mother, own, result)
        finder.found |= {f"{kind} (let in)": address for kind, address in own.items()}
    with visitor(browser, running) as staff:
        sign_in(staff)
        begin = [
            "/",
            f"/messages/{sent.message_id}",
            f"/messages/{draft}/confirm",
            f"/messages/{draft}/edit",
            checked_file(staff, "/members/import", "/members/export.xlsx"),
            checked_file(staff, "/members/import/staff", "/members/export-staff.xlsx"),
            reviewed_accounts(staff),
            planned_year(staff),
            possible_doubles(staff),
            "/moves/out?query=髙橋",
            f"/moves/in/{id_of('pupil/4-2-14')}",
            "/sign-in/school",
        ]
        theirs = finder.anew("own_").follow(staff, *begin)
        measure(staff, theirs, result)
        finder.found |= theirs
        newcomer = added_account(staff)
    with visitor(browser, running) as new:
        sign_in(new, *newcomer, to="/sign-in/password")
        measure(new, finder.follow(new, "/sign-in/password"), result)
    with visitor(browser, running) as console:
        sign_in_operator(console)
        school = f"/operator/schools/{id_of('school')}"
        ends = f"{school}/end?ended_on={clock.today().isoformat()}&grace_days="
        begin = ["/operator", school, f"{ends}30", f"{ends}0"]
        measure(console, finder.follow(console, *begin), result)
        parts = look_into(console, school)
        measure(console, finder.follow(console, *parts), result)
    return result


def look_into(context: BrowserContext, school: str) -> list[str]:
    """Begin to look at a school's data, with a reason; return the pages that are open then."""
    page = context.new_page()
    page.goto(f"{school}/access")
    page.fill("textarea[name=reason]", "画面の見やすさを確かめるため")
    page.get_by_role("button", name="閲覧を始める").click()
    page.get_by_role("button", name="閲覧を終える").wait_for()
    page.close()
    return [f"{school}/access/{part}" for part in ("accounts", "operation-log", "messages")]


def settings_of(running: Standalone) -> Settings:
    address = f"http://localhost:{running.port}"
    return Settings(keys_dir=running.folder / ".run/keys", base_url=address)


def possible_doubles(context: BrowserContext) -> str:
    """Return the page on which a guardian is compared with those of another family."""
    page = context.new_page()
    page.goto(f"/members/{id_of('pupil/4-2-14')}")
    guardian = page.locator("main a[href*='/guardians/']:not([href$='/new'])").first.get_attribute(
        "href"
    )
    page.close()
    return f"{guardian}/doubles?query=佐藤"


def planned_year(context: BrowserContext) -> str:
    """Make a draft of the next year and return its page."""
    page = context.new_page()
    page.goto("/year-change")
    page.get_by_role("button", name="下書きを作る").click()
    page.get_by_role("button", name="リハーサルをする").wait_for()
    page.close()
    return "/year-change"


def checked_file(context: BrowserContext, form: str, export: str) -> str:
    """Hand in what was exported and return the page of what would change."""
    page = context.new_page()
    page.goto(form)
    token = page.locator("input[name=csrf_token]").first.input_value()
    answer = context.request.post(export, form={"csrf_token": token})
    workbook = answer.body()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    file = FilePayload(name="roster.xlsx", mimeType=kind, buffer=workbook)
    page.set_input_files("input[type=file]", file)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(form + r"/[0-9a-f-]{36}"))
    address = urlsplit(page.url).path
    page.close()
    return address


def reviewed_accounts(context: BrowserContext) -> str:
    """Decide that everybody stays and return the page of that review."""
    page = context.new_page()
    page.goto("/account-reviews/new")
    for stays in page.locator("input[value=stay]").all():
        stays.check()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/account-reviews/[0-9a-f-]{36}"))
    address = urlsplit(page.url).path
    page.close()
    return address


def added_account(context: BrowserContext) -> tuple[str, str]:
    """Make an account; return its address and its temporary password."""
    page = context.new_page()
    page.goto("/accounts/new")
    mail = "newcomer@school.town.test"
    page.fill("input[name=display_name]", "佐藤 花")
    page.fill("input[name=mail]", mail)
    page.locator("main form button[type=submit]").click()
    password = page.locator(".secret").inner_text()
    page.close()
    return mail, password


def measure(context: BrowserContext, pages: dict[str, str], result: Findings) -> None:
    page = context.new_page()
    tools = context.new_cdp_session(page)
    for kind, address in pages.items():
        show(page, DESK, "light")
        page.goto(address)
        page.keyboard.press("Tab")  # from here on what gets the focus shows it
        result.widths += widths_of(page, tools, kind)
        page.evaluate(SHORTENED)
        page.evaluate(AXE)
        for window in (DESK, PHONE):
            for scheme in ("light", "dark"):
                show(page, window, scheme)
                seen = f"{kind} {window[0]} {scheme}: "
                # Nothing but the contrast depends on the colours.
                rules = [] if scheme == "light" else ["color-contrast"]
                result.axe += [seen + each for each in page.evaluate(SERIOUS, rules)]
                controls, without = page.evaluate(WITHOUT_RING)
                result.controls += controls
                result.rings += [seen + each for each in without]
    page.close()


def show(page: Page, window: tuple[int, int], scheme: Literal["light", "dark"]) -> None:
    page.set_viewport_size({"width": window[0], "height": window[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")


def widths_of(page: Page, tools: CDPSession, kind: str) -> list[str]:
    """Return what sticks out of the window.

    Looked at with the browser's own letters and with letters of twice the size.
    """
    wide: list[str] = []
    for pixels, widths in ((16, (NARROW, PHONE[0], ZOOMED)), (LARGE, (PHONE[0], DESK[0]))):
        tools.send("Page.setFontSizes", {"fontSizes": {"standard": pixels, "fixed": pixels}})
        for width in widths:
            show(page, (width, 740), "light")
            wide += [
                f"{kind} {width} px, letters of {pixels}: {each}"
                for each in page.evaluate(WIDER_THAN, width)
            ]
    tools.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})
    return wide


def test_every_page_is_found_by_its_links(findings: Findings, running: Standalone) -> None:
    app = create_app(settings_of(running))
    is_page = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and "." not in rule.rule
    }
    found = {kind.split()[0] for kind in findings.addresses}
    assert is_page - found - NOT_LOOKED_AT == set()


def test_axe_finds_nothing_serious_on_any_page(findings: Findings) -> None:
    assert findings.axe == []


def test_focus_is_visible_on_every_control(findings: Findings) -> None:
    assert findings.controls > 10 * len(findings.addresses)
    assert findings.rings == []


def test_no_page_scrolls_sideways(findings: Findings) -> None:
    """At 320 px, at 200 % zoom, and with letters of twice the size."""
    assert findings.widths == []
