"""A dictionary that forgets.

What strangers can name must not fill the memory, and what was erased must not live on in it.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar
from uuid import UUID

from common import clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# A value leaves the memory at the latest this many seconds after its time is over.
SWEEP_SECONDS = 5.0
FOR_EVER = float("inf")


class Bounded(Generic[Key, Value]):
    """Holds at most `most` values, none longer than `seconds`; the one used longest ago goes first.

    One of the two bounds is enough: `seconds` alone where only we can make keys (accounts,
    schools). Safe among threads. A value whose time is over is never returned, and leaves the
    memory soon even if nobody asks for anything any more.
    """

    def __init__(self, *, most: int | None = None, seconds: float = FOR_EVER) -> None:
        if most is None and seconds == FOR_EVER:
            raise ValueError("A cache needs a bound: give most, seconds, or both.")
        self._most = most
        self._seconds = seconds
        self._guard = threading.Lock()
        self._held: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Return the value, or None when there is none or its time is over."""
        with self._guard:
            until, value = self._held.get(key, (0.0, None))
            if value is None:
                return None
            if clock.monotonic() >= until:
                del self._held[key]
                return None
            self._held.move_to_end(key)
            return value

    def put(self, key: Key, value: Value, *, since: float | None = None) -> None:
        """Hold a value.

        `since` (of `clock.monotonic`): when its seconds began, if that is not now.
        """
        if since is None:
            since = clock.monotonic()
        until = since + self._seconds
        with self._guard:
            self._held[key] = (until, value)
            self._held.move_to_end(key)
            is_too_full = self._most is not None and len(self._held) > self._most
            if is_too_full:
                self._held.popitem(last=False)
        if self._seconds != FOR_EVER:
            _sweeper.watch(self)

    def drop(self, key: Key) -> None:
        """Forget a value now, if it is held."""
        with self._guard:
            self._held.pop(key, None)

    def forget_school(self, school_id: UUID) -> None:
        """Forget what is held under a school's id: it is the key, or the first part of it."""
        with self._guard:
            of_school = [key for key in self._held if school_id in (key, _first_of(key))]
            for key in of_school:
                del self._held[key]

    def items(self) -> list[tuple[Key, Value]]:
        """Return what is held; this counts as no use of it."""
        now = clock.monotonic()
        with self._guard:
            return [(key, value) for key, (until, value) in self._held.items() if now < until]

    def expire(self) -> None:
        """Forget the values whose time is over."""
        now = clock.monotonic()
        with self._guard:
            over = [key for key, (until, _) in self._held.items() if now >= until]
            for key in over:
                del self._held[key]

    def __len__(self) -> int:
        return len(self._held)


def _first_of(key: Hashable) -> object:
    return key[0] if isinstance(key, tuple) else None


class _Sweeper:
    """One thread a process that expires caches.

    Without it an idle process would hold the texts of an erased school until it ends.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._caches: weakref.WeakSet[Bounded[Any, Any]] = weakref.WeakSet()
        self._thread: threading.Thread | None = None

    def watch(self, cache: Bounded[Any, Any]) -> None:
        """Expire a cache from now on; the thread begins with the first one.

        And again with the first one after a fork: a child has none of its parent's threads.
        """
        with self._guard:
            self._caches.add(cache)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="cache-sweeper", daemon=True)
                self._thread.start()

    def watched(self) -> list[Bounded[Any, Any]]:
        with self._guard:
            return list(self._caches)

    def _run(self) -> None:
        rest = threading.Event()
        while not rest.wait(SWEEP_SECONDS):
            for cache in self.watched():
                cache.expire()


_sweeper = _Sweeper()


def forget_school(school_id: UUID) -> None:
    """Forget what this process holds under an erased school's id, in all caches with an age.

    Another process forgets it by age.
    """
    for cache in _sweeper.watched():
        cache.forget_school(school_id)
