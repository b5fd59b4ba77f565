"""Waiting for facts, each with a deadline: a benchmark that hangs says what it waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from common import clock

T = TypeVar("T")


class TooSlow(Exception):
    """A fact did not come true in time."""


class Missing(Exception):
    """Something that the benchmark needs is not on this machine."""


def wait_until(fact: Callable[[], T], seconds: float, what: str, every: float = 0.05) -> T:
    """Return the first truthy answer of `fact`; raise TooSlow after `seconds`."""
    deadline = clock.monotonic() + seconds
    while clock.monotonic() < deadline:
        if answer := fact():
            return answer
        time.sleep(every)
    raise TooSlow(f"waited {seconds:.0f} s for {what}")
