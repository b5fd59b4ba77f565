"""`sign-in`: pages while two hundred sign in at once, beside the same while nobody does.

They give the right password, and whoever is told that sign-in is busy presses again two seconds
later. The page of a family and the office's home are read meanwhile, by one visitor each.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from urllib.parse import urlencode

import httpx
import uvloop

from bench import links
from bench.letters import SUBJECT
from bench.reading import opening
from bench.report import Row, paired, percentiles
from bench.roster import GRADE_HEADS
from bench.school import OFFICE_MAIL, OFFICE_PASSWORD, School
from bench.services import Plan, Services
from bench.shapes import SHAPES, Shape
from bench.visitors import Connection, Page, WrongAnswer, seconds_of
from common import clock

PEOPLE = 200
AGAIN_SECONDS = 2.0
WARM_UPS = 10
IN, BUSY = 303, 429
FORM_COOKIE = "renraku-form"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
GOAL = "p95 ≤ 300 ms"
Waits = dict[str, list[float]]


def measure(services: Services, plan: Plan) -> list[Row]:
    """Read pages while nobody signs in, then while everybody does, in turn."""
    return [row for shape in SHAPES for row in _measure_shape(services, plan, shape)]


def _measure_shape(services: Services, plan: Plan, shape: Shape) -> list[Row]:
    pairs: dict[str, list[tuple[float, float]]] = {}
    with shape.running(services, GRADE_HEADS) as school:
        pages = _prepare_pages(school)
        press = _press_of(school.at.port)
        for _ in range(plan.repeats):
            quiet = uvloop.run(_read(school.at.port, pages, plan.read_seconds))
            rush = uvloop.run(_read_in_rush(school.at.port, pages, press, plan.read_seconds))
            for name in pages:
                pair = (_p95(rush[name]), _p95(quiet[name]))
                pairs.setdefault(name, []).append(pair)
    return [
        paired(f"sign-in, {PEOPLE} at once: {name} p95, {shape.name}", "ms", of_page, GOAL)
        for name, of_page in pairs.items()
    ]


def _prepare_pages(school: School) -> dict[str, Page]:
    """Return a family's page and the office's home, warm."""
    sent = school.prepare(school.grade, "urgent")
    sent.send()
    sent.wait_complete()
    pages = {
        "/r/<token>": opening(links.paths_of(sent)[0]),
        "home": Page("GET", "/", 200, SUBJECT, school.sign_in()),
    }
    for page in pages.values():
        seconds_of(school.at.port, page, WARM_UPS)
    return pages


def _press_of(port: int) -> Page:
    """Return the press of "sign in", with the form's token, which serves for all."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
        form = TOKEN.search(browser.get("/sign-in").text)
        cookie = browser.cookies[FORM_COOKIE]
    if form is None:
        raise WrongAnswer("the sign-in page holds no token")
    words = {"csrf_token": form[1], "mail": OFFICE_MAIL, "password": OFFICE_PASSWORD}
    return Page("POST", "/sign-in", IN, "", f"{FORM_COOKIE}={cookie}", urlencode(words))


async def _read_in_rush(port: int, pages: dict[str, Page], press: Page, seconds: float) -> Waits:
    answers: Counter[int] = Counter()
    people = [asyncio.create_task(_sign_in(port, press, answers)) for _ in range(PEOPLE)]
    waits = await _read(port, pages, seconds)
    for person in people:
        person.cancel()
    endings = await asyncio.gather(*people, return_exceptions=True)
    for ending in endings:
        if isinstance(ending, Exception):
            raise ending
    print(f"  sign-ins: {answers[IN]} in, {answers[BUSY]} told to wait", file=sys.stderr)
    return waits


async def _sign_in(port: int, press: Page, answers: Counter[int]) -> None:
    """Press until one is in; raise WrongAnswer for what is neither that nor "busy"."""
    while True:
        connection = await Connection.open(port)
        status, body = await connection.answer(press)
        connection.close()
        answers[status] += 1
        if status != BUSY:
            press.check(status, body)
            return
        await asyncio.sleep(AGAIN_SECONDS)


async def _read(port: int, pages: dict[str, Page], seconds: float) -> Waits:
    """Return how many milliseconds each visit of each page took."""
    until = clock.monotonic() + seconds
    visitors = [_visit_until(port, page, until) for page in pages.values()]
    waits = await asyncio.gather(*visitors)
    return dict(zip(pages, waits, strict=True))


async def _visit_until(port: int, page: Page, until: float) -> list[float]:
    took = []
    connection = await Connection.open(port)
    while clock.monotonic() < until:
        if not connection.is_open:
            connection = await Connection.open(port)
        began = clock.monotonic()
        await connection.ask(page)
        took.append(1000 * (clock.monotonic() - began))
    connection.close()
    return took


def _p95(milliseconds: list[float]) -> float:
    _, p95 = percentiles(milliseconds)
    return p95
