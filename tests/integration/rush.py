"""Two hundred people before the sign-in page at once, each from a network that many share."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any
from uuid import uuid4

import httpx

NETWORKS = 20
# As long as the page asks who is refused to wait.
WAIT_SECONDS = 2.0
TIMEOUT = 30.0
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Rush:
    """What those were answered who wanted to sign in, and when they go home."""

    answers: Counter[int] = field(default_factory=Counter)
    is_over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int) -> None:
        with self._lock:
            self.answers[status] += 1


@contextmanager
def rush_to(url: str, people: int) -> Iterator[Rush]:
    """Let people press "sign in" at once, and again when they are told to, while the block runs.

    They have mistyped their addresses, so that each that gets a place is checked and gets no
    session.
    """
    rush = Rush()
    ready = threading.Barrier(people + 1)
    with ThreadPoolExecutor(people) as pool:
        pressing = [pool.submit(_press, url, number, ready, rush) for number in range(people)]
        ready.wait(TIMEOUT)
        try:
            yield rush
        finally:
            rush.is_over.set()
    for each in pressing:
        each.result()


def _press(url: str, number: int, ready: threading.Barrier, rush: Rush) -> None:
    home = f"127.0.{1 + number % NETWORKS}.{1 + number // NETWORKS}"
    transport = httpx.HTTPTransport(local_address=home)
    # On a kept connection a press after two seconds may meet gunicorn just as it closes it.
    closing = {"Connection": "close"}
    given = {"base_url": url, "headers": closing, "timeout": TIMEOUT}
    with httpx.Client(transport=transport, **given) as browser:
        form = TOKEN.search(browser.get("/sign-in").text)
        assert form is not None
        words = {"csrf_token": form[1], "mail": f"{uuid4()}@town.test", "password": "x" * 12}
        ready.wait(TIMEOUT)
        while not rush.is_over.is_set():
            answer = browser.post("/sign-in", data=words)
            rush.note(answer.status_code)
            if answer.status_code != 429 or rush.is_over.wait(WAIT_SECONDS):
                return


@dataclass
class Visits:
    """How one page answered, again and again, and how many seconds each visit took."""

    answers: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=20, method="inclusive")[18]


def visit(times: int, ask: Callable[[], Any]) -> Visits:
    """Ask so many times, one after the other. `ask` returns the status."""
    visits = Visits()
    for _ in range(times):
        began = time.monotonic()
        visits.answers[ask()] += 1
        visits.seconds.append(time.monotonic() - began)
    return visits
