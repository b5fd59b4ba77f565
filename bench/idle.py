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


def measure(services: Services, plan: Plan) -> list[Row]:
    """Do nothing, in each shape of installation."""
    rows = []
    for shape in SHAPES:
        with shape.running(services, GRADE_HEADS):
            time.sleep(SETTLE_SECONDS)
            rows += _measure(shape, plan)
    return rows


def _measure(shape: Shape, plan: Plan) -> list[Row]:
    watched: dict[str, Fact] = {"its own processes": is_product}
    if shape.servers:
        watched |= {"PostgreSQL": is_postgres, "RabbitMQ": is_rabbit}
    shares: dict[str, list[float]] = {who: [] for who in watched}
    for _ in range(plan.repeats):
        for who, share in _shares_of_a_core(watched, plan.idle_seconds).items():
            shares[who].append(share)
    return [
        alone(f"idle, {shape.name}: {who}", "% of a core", values, NO_GOAL)
        for who, values in shares.items()
    ]


def _shares_of_a_core(watched: dict[str, Fact], seconds: float) -> dict[str, float]:
    began = clock.monotonic()
    before = {who: cpu_seconds(fact) for who, fact in watched.items()}
    time.sleep(seconds)
    after = {who: cpu_seconds(fact) for who, fact in watched.items()}
    elapsed = clock.monotonic() - began
    return {who: 100 * (after[who] - before[who]) / elapsed for who in watched}
