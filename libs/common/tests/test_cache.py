"""The cache that forgets: by number, by age, among threads, and when nobody asks any more."""

from __future__ import annotations

import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from common import clock
from common.cache import SWEEP_SECONDS, Bounded, forget_school


class Text:
    """Something that a weak reference can point at."""


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the monotonic clock of the test, which stands still until the test moves it."""
    moment = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    return moment


def test_a_cache_without_a_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a bound"):
        Bounded[str, str]()


def test_beyond_the_most_the_one_used_longest_ago_is_forgotten() -> None:
    held = Bounded[str, int](most=2)
    held.put("a", 1)
    held.put("b", 2)
    assert held.get("a") == 1
    held.put("c", 3)
    assert [held.get(key) for key in "abc"] == [1, None, 3]
    assert len(held) == 2


def test_looking_at_all_is_no_use_of_any() -> None:
    held = Bounded[str, int](most=2)
    held.put("a", 1)
    held.put("b", 2)
    assert held.items() == [("a", 1), ("b", 2)]
    held.put("c", 3)
    assert held.items() == [("b", 2), ("c", 3)]


def test_a_value_is_not_returned_once_its_seconds_are_over_however_often_it_was_used(
    seconds: list[float],
) -> None:
    held = Bounded[str, int](seconds=60)
    held.put("a", 1)
    seconds[0] += 59.9
    assert held.get("a") == 1
    seconds[0] += 0.1
    assert held.items() == []
    assert held.get("a") is None
    assert len(held) == 0


def test_the_seconds_count_from_the_moment_that_is_given(seconds: list[float]) -> None:
    held = Bounded[str, int](seconds=60)
    held.put("a", 1, since=seconds[0] - 50)
    seconds[0] += 10
    assert held.get("a") is None


def test_a_value_put_again_has_its_whole_time_again(seconds: list[float]) -> None:
    held = Bounded[str, int](seconds=60)
    held.put("a", 1)
    seconds[0] += 50
    held.put("a", 2)
    seconds[0] += 50
    assert held.get("a") == 2


def test_what_is_dropped_is_forgotten_and_what_is_not_held_may_be_dropped() -> None:
    held = Bounded[str, int](most=2)
    held.put("a", 1)
    held.drop("a")
    held.drop("b")
    assert held.items() == []


def test_what_nobody_asks_for_any_more_leaves_the_memory() -> None:
    held, gone = Bounded[str, Text](seconds=0.01), threading.Event()
    text = Text()
    watched = weakref.ref(text, lambda _: gone.set())
    held.put("a", text)
    del text
    assert gone.wait(4 * SWEEP_SECONDS), f"{watched()} is still held"


FORKED = """
import os, sys, threading, weakref
from common.cache import SWEEP_SECONDS, Bounded

class Text:
    pass

of_parent = Bounded(seconds=60)
of_parent.put("a", Text())
child = os.fork()
if child == 0:
    held, gone = Bounded(seconds=0.01), threading.Event()
    text = Text()
    watched = weakref.ref(text, lambda _: gone.set())
    held.put("a", text)
    del text
    os._exit(0 if gone.wait(4 * SWEEP_SECONDS) else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_it_leaves_the_memory_of_a_process_too_that_was_forked_while_its_parent_swept() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], timeout=60, check=False)
    assert done.returncode == 0


def test_what_is_held_under_a_schools_id_is_forgotten_with_the_school_in_all_caches() -> None:
    school, other, message = uuid4(), uuid4(), uuid4()
    profiles = Bounded[UUID, str](seconds=60)
    texts = Bounded[tuple[UUID, UUID], str](most=64, seconds=60)
    for each in (school, other):
        profiles.put(each, "profile")
        texts.put((each, message), "text")
    forget_school(school)
    assert profiles.items() == [(other, "profile")]
    assert texts.items() == [((other, message), "text")]


def test_threads_that_put_and_get_at_once_never_see_more_than_the_most() -> None:
    held = Bounded[int, int](most=50)
    begin = threading.Barrier(4)

    def work(first: int) -> int:
        begin.wait()
        largest = 0
        for number in range(first, first + 2000):
            held.put(number, number)
            assert held.get(number) in (number, None)
            largest = max(largest, len(held))
        return largest

    with ThreadPoolExecutor(4) as pool:
        assert max(pool.map(work, range(0, 8000, 2000))) <= 51
