"""`reading`, `reading-confirm`: the page behind a guardian's link, beside Flask's hello.

The links are those of an urgent message to a thousand, so that visits one after the other are of
different families.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, repeat

from bench import links
from bench.letters import SUBJECT
from bench.report import Row, paired
from bench.rival_pages import HELLO, HELLO_PRESSED, running_hello
from bench.roster import GRADE_HEADS
from bench.school import Draft, School
from bench.services import Plan, Services
from bench.shapes import APART, SHAPES, STANDALONE, Shape
from bench.visitors import Page, WrongAnswer, come_again

WARM_UP_SECONDS = 2.0
READING_GOALS = {APART: "ratio ≥ 0.4", STANDALONE: "ratio ≥ 0.25"}
CONFIRMING_GOAL = "ratio ≥ 0.2"
CONFIRMED = "SELECT count(*) FROM recipients WHERE message_id = :id AND confirmed_at IS NOT NULL"


@dataclass(frozen=True)
class Stand:
    """A school and hello side by side, and for how long each is visited."""

    school: School
    hello_port: int
    seconds: float


@dataclass(frozen=True)
class Visit:
    """What is done again and again, on our page and on hello. `take` returns both rates."""

    row: str
    unit: str
    take: Callable[[Stand], tuple[float, float]]


def measure(services: Services, plan: Plan) -> list[Row]:
    """Let guardians open their links, and as many visitors open hello, in turn."""
    return [
        _measure_shape(services, plan, shape, READING, READING_GOALS.get(shape, "-"))
        for shape in SHAPES
    ]


def measure_confirming(services: Services, plan: Plan) -> list[Row]:
    """Let each guardian open the link and press the button, and hello's visitors do the same."""
    return [_measure_shape(services, plan, shape, CONFIRMING, CONFIRMING_GOAL) for shape in SHAPES]


def _measure_shape(services: Services, plan: Plan, shape: Shape, visit: Visit, goal: str) -> Row:
    with _warm_stand(services, plan, shape) as stand:
        pairs = [visit.take(stand) for _ in range(plan.repeats)]
    name = f"{visit.row}, {shape.name}, against Flask's hello ({shape.hello.name})"
    return paired(name, visit.unit, pairs, goal)


@contextmanager
def _warm_stand(services: Services, plan: Plan, shape: Shape) -> Iterator[Stand]:
    with (
        shape.running(services, GRADE_HEADS) as school,
        running_hello(shape.hello, services.folder) as hello_port,
    ):
        _read(Stand(school, hello_port, WARM_UP_SECONDS))
        yield Stand(school, hello_port, plan.read_seconds)


def _read(stand: Stand) -> tuple[float, float]:
    paths = links.paths_of(_send(stand.school))
    visits = cycle([opening(path)] for path in paths)
    ours = come_again(stand.school.at.port, visits, stand.seconds)
    theirs = come_again(stand.hello_port, repeat([HELLO]), stand.seconds)
    return ours.rate, theirs.rate


def _confirm(stand: Stand) -> tuple[float, float]:
    """Take each link once at most: who presses again changes nothing, which is cheaper."""
    message = _send(stand.school)
    visits = [[opening(path), press(path)] for path in links.paths_of(message)]
    ours = come_again(stand.school.at.port, iter(visits), stand.seconds)
    _check_confirmed(message, ours.visits)
    hellos = repeat([HELLO, HELLO_PRESSED])
    theirs = come_again(stand.hello_port, hellos, stand.seconds)
    return ours.rate, theirs.rate


def _check_confirmed(message: Draft, pressed: int) -> None:
    confirmed = message.school.scalar("messaging", CONFIRMED, id=message.id)
    if confirmed != pressed:
        raise WrongAnswer(f"{pressed} families pressed, {confirmed} children are confirmed")


def opening(path: str) -> Page:
    """Return the page behind a link."""
    return Page("GET", path, 200, SUBJECT)


def press(path: str) -> Page:
    """Return the press of its button; where the answer leads to is not followed."""
    return Page("POST", f"{path}/confirm", 303, "#confirmed")


def _send(school: School) -> Draft:
    message = school.prepare(school.grade, "urgent")
    message.send()
    message.wait_complete()
    return message


READING = Visit("reading", "GET/s", _read)
CONFIRMING = Visit("reading-confirm", "GET+POST/s", _confirm)
