"""`staff`: pages of the office beside Flask's hello, each opened by one person at a time."""

from __future__ import annotations

from statistics import median

from bench.letters import SUBJECT
from bench.report import Row, paired
from bench.rival_pages import HELLO, running_hello
from bench.school import Draft, School
from bench.services import Plan, Services
from bench.shapes import APART
from bench.visitors import Page, seconds_of

WARM_UPS = 10
TIMES = 100
NO_GOAL = "-"


def measure(services: Services, plan: Plan) -> list[Row]:
    """Send to a school, and open the pages that its office opens meanwhile."""
    rows = []
    with (
        APART.running(services, plan.staff_heads) as school,
        running_hello(APART.hello, services.folder) as hello_port,
    ):
        sent = school.prepare(school.whole)
        sent.send()
        sent.wait_complete()
        draft = school.prepare(school.whole)
        for words, page in _pages(school, sent, draft).items():
            pairs = [_milliseconds(school, page, hello_port) for _ in range(plan.repeats)]
            name = f"staff, {words}, {sent.heads:,} heads, against Flask's hello"
            rows.append(paired(name, "ms", pairs, NO_GOAL))
    return rows


def _pages(school: School, sent: Draft, draft: Draft) -> dict[str, Page]:
    cookie = school.sign_in()
    confirm = f"/messages/{draft.id}/confirm?snapshot={draft.snapshot_id}"
    return {
        "home": Page("GET", "/", 200, SUBJECT, cookie),
        "a sent message": Page("GET", f"/messages/{sent.id}", 200, SUBJECT, cookie),
        "confirm screen": Page("GET", confirm, 200, SUBJECT, cookie),
    }


def _milliseconds(school: School, page: Page, hello_port: int) -> tuple[float, float]:
    return _median_of(school.at.port, page), _median_of(hello_port, HELLO)


def _median_of(port: int, page: Page) -> float:
    seconds_of(port, page, WARM_UPS)
    return 1000 * median(seconds_of(port, page, TIMES))
