"""The pulse of a role: the steps of its work that are under way, and for how long.

A thread that waits for an answer which never comes can't tell so itself, and the loop beside it
goes on turning. So each step says when it begins and how long it may take at most; whoever asks
sees those that stand still. Waiting is no step: what is held, paused or idle must stand outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from common import clock

STEP_SECONDS = 60.0  # a step that should take less than a second, on a machine that is busy


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    ends_by: float  # of the monotonic clock


_numbers = count()
_under_way: dict[int, _Step] = {}


@contextmanager
def step(name: str, most_seconds: float = STEP_SECONDS) -> Iterator[None]:
    """Feel a block of work: it stands still when it takes longer than `most_seconds`."""
    number = next(_numbers)
    _under_way[number] = _Step(name, clock.monotonic() + most_seconds)
    try:
        yield
    finally:
        del _under_way[number]


def standing_still() -> list[str]:
    """Return the names of the steps that take longer than they may."""
    now = clock.monotonic()
    steps = list(_under_way.values())
    return sorted(step.name for step in steps if step.ends_by < now)
