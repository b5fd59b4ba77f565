"""`staff`: pages of the office beside Flask's hello, each opened by one person at a time."""

from __future__ import annotations

from statistics import median

from bench.letters import SUBJECT
from bench.report import Row, paired
from bench.rival_pages import HELLO, running_hello
from bench.school import School
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
        for words, page in _prepare_pages(school).items():
            pairs = []
            for _ in range(plan.repeats):
                ours = _milliseconds(school.at.port, page)
                theirs = _milliseconds(hello_port, HELLO)
                pairs.append((ours, theirs))
            name = f"staff, {words}, {plan.staff_heads:,} heads, against Flask's hello"
            rows.append(paired(name, "ms", pairs, NO_GOAL))
    return rows


def _prepare_pages(school: School) -> dict[str, Page]:
    """Return what the office looks at: a message that all got, and the next one."""
    sent = school.prepare(school.whole)
    sent.send()
    sent.wait_complete()
    draft = school.prepare(school.whole)
    cookie = school.sign_in()
    confirm = f"/messages/{draft.id}/confirm?snapshot={draft.snapshot_id}"
    return {
        "home": Page("GET", "/", 200, SUBJECT, cookie),
        "a sent message": Page("GET", f"/messages/{sent.id}", 200, SUBJECT, cookie),
        "confirm screen": Page("GET", confirm, 200, SUBJECT, cookie),
    }


def _milliseconds(port: int, page: Page) -> float:
    """Return the median of many visits."""
    seconds_of(port, page, WARM_UPS)
    took = seconds_of(port, page, TIMES)
    return 1000 * median(took)
