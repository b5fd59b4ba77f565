"""`morning`: ten thousand guardians read and confirm within two minutes, while something is urgent.

Each comes at a moment that was drawn before, whether those before have been served or not, and
what they waited counts from that moment: a slow page can't thin out its own visitors.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from dataclasses import dataclass, field

import uvloop

from bench import links, urgent
from bench.reading import opening, press
from bench.report import Row, alone, paired, percentiles
from bench.school import School
from bench.services import Plan, Services
from bench.shapes import APART
from bench.visitors import Connection, Page, WrongAnswer
from common import clock

# Between opening a message and pressing its button, both planned: who got the page late presses
# late, and that counts too.
READS_FOR_SECONDS = 3.0
# Who waits longer has gone; it counts as an error.
PATIENCE_SECONDS = 60.0
SEED = 20260401
NO_GOAL = "-"


@dataclass
class Morning:
    """What guardians met: how long pages and presses took, in seconds, and what went wrong."""

    pages: list[float] = field(default_factory=list)
    presses: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    urgent_p95: float = 0.0


def measure(services: Services, plan: Plan) -> list[Row]:
    """Send urgently while nobody reads, then in the middle of such a morning, in turn."""
    quiet, mornings = [], []
    with APART.running(services, plan.readers) as school:
        for _ in range(plan.repeats):
            _, quiet95 = urgent.latency(school)
            quiet.append(quiet95)
            mornings.append(_live_through(school, plan.morning_seconds))
    return _rows(plan, quiet, mornings)


def _rows(plan: Plan, quiet: list[float], mornings: list[Morning]) -> list[Row]:
    pages, presses, errors, pairs = [], [], [], []
    for alone95, morning in zip(quiet, mornings, strict=True):
        pages.append(morning.pages)
        presses.append(morning.presses)
        errors.append(float(morning.errors.total()))
        pairs.append((morning.urgent_p95, alone95))
    who = f"morning, {plan.readers:,} guardians in {plan.morning_seconds} s"
    return [
        *_waited(f"{who}: page", pages),
        *_waited(f"{who}: press", presses),
        alone(f"{who}: errors", "of them", errors, "0"),
        paired(f"{who}: urgent p95, against no readers", "s", pairs, "ratio about 1"),
    ]


def _waited(name: str, repeats: list[list[float]]) -> list[Row]:
    cuts = [percentiles(waited) for waited in repeats]
    return [
        alone(f"{name} p50", "s", [p50 for p50, _ in cuts], NO_GOAL),
        alone(f"{name} p95", "s", [p95 for _, p95 in cuts], NO_GOAL),
    ]


def _live_through(school: School, seconds: float) -> Morning:
    message = school.prepare(school.whole)
    message.send()
    message.wait_complete()
    paths = links.paths_of(message)
    morning = uvloop.run(_pass(school, paths, seconds))
    _say_errors(morning)
    if not morning.pages or not morning.presses:
        raise WrongAnswer(f"no guardian could read and confirm: {morning.errors}")
    return morning


def _say_errors(morning: Morning) -> None:
    for words, count in morning.errors.most_common(3):
        print(f"  {count:,} guardians: {words}", file=sys.stderr)


async def _pass(school: School, paths: list[str], seconds: float) -> Morning:
    morning = Morning()
    chance = random.Random(SEED)
    began = clock.monotonic()
    guardians = []
    for path in paths:
        planned = began + chance.uniform(0, seconds)
        guardians.append(_read_and_press(school.at.port, path, planned, morning))
    await asyncio.gather(_send_urgently(school, seconds / 2, morning), *guardians)
    return morning


async def _send_urgently(school: School, after: float, morning: Morning) -> None:
    await asyncio.sleep(after)
    _, morning.urgent_p95 = await asyncio.to_thread(urgent.latency, school)


async def _read_and_press(port: int, path: str, planned: float, morning: Morning) -> None:
    try:
        await _visit(port, opening(path), planned, morning.pages)
        await _visit(port, press(path), planned + READS_FOR_SECONDS, morning.presses)
    except TimeoutError:
        morning.errors[f"no answer within {PATIENCE_SECONDS:.0f} s"] += 1
    except (WrongAnswer, OSError) as error:
        morning.errors[str(error)[:200]] += 1


async def _visit(port: int, page: Page, planned: float, waited: list[float]) -> None:
    """Visit a page over a connection of its own, as a phone does."""
    ahead = planned - clock.monotonic()
    await asyncio.sleep(max(0.0, ahead))
    async with asyncio.timeout(PATIENCE_SECONDS):
        connection = await Connection.open(port)
        try:
            await connection.ask(page)
        finally:
            connection.close()
    waited.append(clock.monotonic() - planned)
