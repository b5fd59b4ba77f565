"""`footprint`: the memory of all processes of a shape of installation, beside hello's."""

from __future__ import annotations

import time

from bench.processes import Process, is_product, pss_mb
from bench.report import Row, paired
from bench.rival_pages import APP, running_hello
from bench.roster import GRADE_HEADS
from bench.services import Plan, Services
from bench.shapes import SHAPES

# Until what a start and a send leave behind is done.
SETTLE_SECONDS = 20.0
LOOK_SECONDS = 1.0
NO_GOAL = "-"


def measure(services: Services, plan: Plan) -> list[Row]:
    """Read what the processes hold after a send to a thousand."""
    rows = []
    for shape in SHAPES:
        with (
            shape.running(services, GRADE_HEADS),
            running_hello(shape.hello, services.folder),
        ):
            time.sleep(SETTLE_SECONDS)
            pairs = [_look() for _ in range(plan.repeats)]
        name = f"footprint, {shape.name}, against Flask's hello ({shape.hello.name})"
        rows.append(paired(name, "MB", pairs, NO_GOAL))
    return rows


def _look() -> tuple[float, float]:
    time.sleep(LOOK_SECONDS)
    return pss_mb(is_product), pss_mb(_is_hello)


def _is_hello(process: Process) -> bool:
    return process.command[-1] == APP
