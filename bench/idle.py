"""`idle`: what the product takes of a core while nothing is asked of it."""

from __future__ import annotations

import time

from bench.processes import Fact, cpu_seconds, is_postgres, is_product, is_rabbit
from bench.report import Row, alone
from bench.roster import GRADE_HEADS
from bench.services import Plan, Services
from bench.shapes import SHAPES, Shape
from common import clock

# Until what a start and a send leave behind is done.
SETTLE_SECONDS = 20.0
NO_GOAL = "-"
OURS: dict[str, Fact] = {"its own processes": is_product}
WITH_SERVERS = OURS | {"PostgreSQL": is_postgres, "RabbitMQ": is_rabbit}


def measure(services: Services, plan: Plan) -> list[Row]:
    """Do nothing, in each shape of installation."""
    rows = []
    for shape in SHAPES:
        with shape.running(services, GRADE_HEADS):
            time.sleep(SETTLE_SECONDS)
            rows += _measure(shape, plan)
    return rows


def _measure(shape: Shape, plan: Plan) -> list[Row]:
    watched = WITH_SERVERS if shape.servers else OURS
    times = []
    for _ in range(plan.repeats):
        times.append(_shares_of_a_core(watched, plan.idle_seconds))
    rows = []
    for who in watched:
        name = f"idle, {shape.name}: {who}"
        shares = [each[who] for each in times]
        rows.append(alone(name, "% of a core", shares, NO_GOAL))
    return rows


def _shares_of_a_core(watched: dict[str, Fact], seconds: float) -> dict[str, float]:
    began = clock.monotonic()
    before = {who: cpu_seconds(fact) for who, fact in watched.items()}
    time.sleep(seconds)
    after = {who: cpu_seconds(fact) for who, fact in watched.items()}
    elapsed = clock.monotonic() - began
    return {who: 100 * (after[who] - before[who]) / elapsed for who in watched}
