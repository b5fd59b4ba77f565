"""`urgent latency`: from release to accepted, for each delivery of an urgent message.

By three channels, alone and in a backlog.
"""

from __future__ import annotations

import sys

from bench import memory
from bench.channels import CHANNELS
from bench.installations import running_school
from bench.report import Row, paired, percentiles
from bench.roster import GRADE_HEADS
from bench.school import Draft, School
from bench.services import WAIT_SECONDS, Plan, Services
from bench.waiting import wait_until

ACCEPTED = "SELECT EXISTS (SELECT FROM deliveries WHERE message_id = :id AND state = 'accepted')"
ENDED = "SELECT count(*) FROM deliveries WHERE message_id = :id AND settled_at IS NOT NULL"
SETTLED = "SELECT settled_at FROM deliveries WHERE message_id = :id"


def measure(services: Services, plan: Plan) -> list[Row]:
    """Send urgently to a thousand while all is quiet, and while the whole school is written to."""
    busy, quiet = [], []
    heads = -(-plan.backlog // len(CHANNELS))
    with running_school(services, heads, CHANNELS) as school:
        for _ in range(plan.repeats):
            quiet.append(latency(school))
            busy.append(_percentiles_in_a_backlog(school))
        deliveries = plan.repeats * (heads + 2 * GRADE_HEADS) + GRADE_HEADS
        rows = memory.peaks(CHANNELS, deliveries)
    against = f"{plan.backlog:,} normal deliveries in flight against none"
    pairs50, pairs95 = [], []
    for (busy50, busy95), (quiet50, quiet95) in zip(busy, quiet, strict=True):
        pairs50.append((busy50, quiet50))
        pairs95.append((busy95, quiet95))
    return [
        paired(f"urgent latency p50, {against}", "s", pairs50, "-"),
        paired(f"urgent latency p95, {against}", "s", pairs95, "≤ 5 s and ratio ≤ 3, then 1.5"),
        *rows,
    ]


def _percentiles_in_a_backlog(school: School) -> tuple[float, float]:
    backlog = school.prepare(school.whole)
    urgent = school.prepare(school.grade, "urgent")
    backlog.send()
    wait_until(lambda: _flows(backlog), WAIT_SECONDS, "the backlog to be in flight on each channel")
    before = _left(backlog)
    found = _send(urgent)
    print(
        f"  the backlog when the urgent message began: {before:,}; "
        f"when it was through: {_left(backlog):,}",
        file=sys.stderr,
    )
    backlog.wait_complete()
    return found


def _flows(backlog: Draft) -> bool:
    return all(
        backlog.school.scalar(channel.house, ACCEPTED, id=backlog.id) for channel in CHANNELS
    )


def _left(backlog: Draft) -> int:
    """Return how many deliveries are still to come."""
    ended = sum(backlog.school.scalar(channel.house, ENDED, id=backlog.id) for channel in CHANNELS)
    return backlog.heads * len(CHANNELS) - ended


def latency(school: School) -> tuple[float, float]:
    """Send an urgent message to a thousand and return p50 and p95 in seconds."""
    return _send(school.prepare(school.grade, "urgent"))


def _send(urgent: Draft) -> tuple[float, float]:
    released = urgent.send()
    urgent.wait_complete()
    settled = [
        moment
        for channel in CHANNELS
        for moment in urgent.school.column(channel.house, SETTLED, id=urgent.id)
    ]
    assert len(settled) == urgent.heads * len(CHANNELS), (
        f"{len(settled)} deliveries to {urgent.heads} heads"
    )
    seconds = [(moment - released).total_seconds() for moment in settled]
    return percentiles(seconds)
