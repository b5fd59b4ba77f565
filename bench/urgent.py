"""`urgent latency`: from release to accepted, for each mail of an urgent message, with and without a normal send in flight."""

from __future__ import annotations

import sys
from statistics import quantiles

from bench.report import Row, paired
from bench.school import Draft, School, running_school
from bench.services import WAIT_SECONDS, Plan, Services
from bench.waiting import wait_until

ACCEPTED = "SELECT EXISTS (SELECT FROM deliveries WHERE message_id = :id AND state = 'accepted')"
ENDED = "SELECT count(*) FROM recipients WHERE message_id = :id AND state <> 'waiting'"
SETTLED = "SELECT settled_at FROM deliveries WHERE message_id = :id"


def measure(services: Services, plan: Plan) -> list[Row]:
    """Send urgently to a thousand while the whole school's message is on its way, and again when all is quiet."""
    busy, quiet = [], []
    with running_school(services, plan.mails) as school:
        for _ in range(plan.repeats):
            quiet.append(_percentiles(school))
            busy.append(_percentiles_in_a_backlog(school))
    against = "the same without a backlog"
    pairs50, pairs95 = ([(one[at], other[at]) for one, other in zip(busy, quiet, strict=True)] for at in (0, 1))
    return [
        paired(f"urgent latency p50, against {against}", "s", pairs50, "-"),
        paired(f"urgent latency p95, against {against}", "s", pairs95, "≤ 5 s and ratio ≤ 3, then 1.5"),
    ]


def _percentiles_in_a_backlog(school: School) -> tuple[float, float]:
    backlog = school.prepare(school.whole)
    urgent = school.prepare(school.grade, "urgent")
    backlog.send()
    wait_until(lambda: school.scalar("dispatch-mail", ACCEPTED, id=backlog.id), WAIT_SECONDS, "the backlog to be in flight")
    found = _send(urgent)
    left = backlog.heads - school.scalar("messaging", ENDED, id=backlog.id)
    print(f"  when the urgent message was through, {left:,} of {backlog.heads:,} were still to come", file=sys.stderr)
    backlog.wait_complete()
    return found


def _percentiles(school: School) -> tuple[float, float]:
    return _send(school.prepare(school.grade, "urgent"))


def _send(urgent: Draft) -> tuple[float, float]:
    """Return p50 and p95 in seconds."""
    released = urgent.send()
    urgent.wait_complete()
    settled = urgent.school.column("dispatch-mail", SETTLED, id=urgent.id)
    assert len(settled) == urgent.heads, f"{len(settled)} of {urgent.heads} were delivered"
    cuts = quantiles([(moment - released).total_seconds() for moment in settled], n=20, method="inclusive")
    return cuts[9], cuts[18]
