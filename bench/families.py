"""`families`: a school's evening, on which five hundred families register while a message goes out.

Each comes at a moment of its own with the sheet of its child, agrees, types an address, waits until
its mail is handed over, gives the six digits, and is in.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import httpx

from bench.report import Row, alone, paired, percentiles
from bench.school import School, key_of
from bench.services import Plan, Services
from bench.shapes import APART
from bench.visitors import WrongAnswer
from bench.waiting import wait_until
from common import clock
from common.crypto import SchoolKey
from directory.domain.registration.confirming import code_of

SEED = 20260401
# So many are on their way at once; who came would wait for a place among them, and it would count.
AT_ONCE = 64
FIRST_VIEWS = 50
PATIENCE_SECONDS = 60.0
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
VERSION = re.compile(r'name="version" value="([^"]+)"')
MAIL_PAGE = re.compile(r"/t/mail/([0-9a-f-]{36})")
HANDED_OVER = "SELECT EXISTS (SELECT FROM deliveries WHERE message_id = :id AND state = 'accepted')"
CHILDREN = "SELECT id FROM members WHERE school_id = :id ORDER BY id LIMIT :count"
REGISTERED = "SELECT count(*) FROM registrations WHERE school_id = :id AND guardian_id IS NOT NULL"


@dataclass
class Evening:
    """What families met, in seconds: the first page, all pages, until the mail was handed over."""

    first_views: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    mails: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a family types, and the address that it gives."""

    school_code: str
    login_id: str
    passcode: str = field(repr=False)
    address: str = ""


def measure(services: Services, plan: Plan) -> list[Row]:
    """Look at the first page while all is quiet, then let all families in while a send runs."""
    with APART.running(services, plan.mails) as school:
        sheets = _sheets_of(school, plan.families)
        quiet = _first_views(school, sheets[0])
        with _sending(school) as sent:
            evening = _let_in(school, sheets, plan.families_seconds)
        registered = school.scalar("directory", REGISTERED, id=school.id)
    if registered != len(sheets):
        raise WrongAnswer(f"{registered} of {len(sheets)} families are registered")
    name = f"families, {plan.families} in {plan.families_seconds} s, {len(sent)} sends beside them"
    return _rows(name, evening, quiet)


def _rows(name: str, evening: Evening, quiet: list[float]) -> list[Row]:
    first = _p95(evening.first_views) * 1000
    beside = _p95(quiet) * 1000
    page = _p95(evening.pages) * 1000
    mail = _p95(evening.mails)
    whole = _p95(evening.whole)
    pair = first, beside
    return [
        paired(f"{name}: first view p95, against no send", "ms", [pair], "≤ 300 ms"),
        alone(f"{name}: any page p95", "ms", [page], "-"),
        alone(f"{name}: mail asked for to handed over p95", "s", [mail], "-"),
        alone(f"{name}: first page to registered p95", "s", [whole], "-"),
    ]


def _p95(seconds: list[float]) -> float:
    _, p95 = percentiles(seconds)
    return p95


def _sheets_of(school: School, families: int) -> list[Sheet]:
    children = school.column("directory", CHILDREN, id=school.id, count=families)
    body = {"member_ids": [str(UUID(str(child))) for child in children]}
    printed = school.call("directory", "POST", "/registration-sheets", json=body)["items"]
    code = school.scalar("identity", "SELECT code FROM schools WHERE id = :id", id=school.id)
    return [
        Sheet(code, sheet["login_id"], sheet["passcode_in_parts"], f"family{number}@bench.test")
        for number, sheet in enumerate(printed)
    ]


@contextmanager
def _sending(school: School) -> Iterator[list[Any]]:
    """Write to the whole school, and again when all have it, until the block ends."""
    sent: list[Any] = []
    is_over = threading.Event()

    def send() -> None:
        while not is_over.is_set():
            message = school.prepare(school.whole)
            sent.append(message)
            message.send()
            message.wait_complete()

    with ThreadPoolExecutor(1) as office:
        sends = office.submit(send)
        try:
            yield sent
        finally:
            is_over.set()
        sends.result()


def _let_in(school: School, sheets: list[Sheet], seconds: float) -> Evening:
    evening = Evening()
    chance = random.Random(SEED)
    began = clock.monotonic()
    moments = sorted(began + chance.uniform(0, seconds) for _ in sheets)
    family = partial(_register, school, key_of(school), evening)
    with ThreadPoolExecutor(AT_ONCE) as families:
        list(families.map(family, sheets, moments))
    return evening


def _register(
    school: School, key: SchoolKey, evening: Evening, sheet: Sheet, planned: float
) -> None:
    with _browser(school) as browser:
        time.sleep(max(0.0, planned - clock.monotonic()))
        visit = _Visit(browser, evening.pages)
        page = visit.get("/t", s=sheet.school_code, i=sheet.login_id)
        evening.first_views.append(clock.monotonic() - planned)
        codes = {
            "school_code": sheet.school_code,
            "login_id": sheet.login_id,
            "passcode": sheet.passcode,
        }
        page = visit.press("/t", page, **codes)
        version = _find(VERSION, page)
        visit.press("/t/terms", page, version=version, label="母", language="ja")
        page = visit.get("/t/mail")
        asked = clock.monotonic()
        page = visit.press("/t/mail", page, address=sheet.address)
        mail_id = UUID(_find(MAIL_PAGE, page))
        what = "a confirmation mail"
        handed_over = partial(school.scalar, "dispatch-mail", HANDED_OVER, id=mail_id)
        wait_until(handed_over, PATIENCE_SECONDS, what)
        evening.mails.append(clock.monotonic() - asked)
        done = visit.press(f"/t/mail/{mail_id}", page, code=code_of(key, mail_id))
        if "受信登録ができました" not in done:
            raise WrongAnswer(f"the family is not registered: {done[:200]}")
        evening.whole.append(clock.monotonic() - planned)


def _first_views(school: School, sheet: Sheet) -> list[float]:
    seconds: list[float] = []
    for _ in range(FIRST_VIEWS):
        with _browser(school) as browser:
            visit = _Visit(browser, seconds)
            visit.get("/t", s=sheet.school_code, i=sheet.login_id)
    return seconds


def _browser(school: School) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://127.0.0.1:{school.at.port}",
        headers={"Accept-Language": "ja"},
        follow_redirects=True,
        timeout=PATIENCE_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class _Visit:
    """One family's way through the pages; `seconds`: how long each took, with where it led."""

    browser: httpx.Client
    seconds: list[float]

    def get(self, path: str, **query: str) -> str:
        return self._ask("GET", path, params=query)

    def press(self, path: str, page: str, **form: str) -> str:
        """Send the form of a page, with its token."""
        return self._ask("POST", path, data={"csrf_token": _find(TOKEN, page), **form})

    def _ask(self, method: str, path: str, **request: Any) -> str:
        began = clock.monotonic()
        answer = self.browser.request(method, path, **request)
        self.seconds.append(clock.monotonic() - began)
        if answer.status_code != httpx.codes.OK:
            raise WrongAnswer(f"{method} {path} answered {answer.status_code}: {answer.text[:200]}")
        return answer.text


def _find(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    if found is None:
        raise WrongAnswer(f"there is no {pattern.pattern} in {page[:200]}")
    return found[1]
