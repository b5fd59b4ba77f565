"""Password hashing, bounded.

A morning rush or an attack waits in line or is sent away, and the other threads keep working.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from common.errors import Busy
from common.passwords import cost_of, hash_password, make_password, password_matches


@dataclass(frozen=True, slots=True)
class HashingPlaces:
    """How many passwords are checked at once, and how many more may wait for that."""

    slots: int
    waiting: int = 0

    @property
    def together(self) -> int:
        return self.slots + self.waiting


@lru_cache
def _hash_of_nobody(cost: int) -> str:
    """Return a hash that no password fits. To make one takes as long as to check one."""
    return hash_password(make_password(), cost)


class Hasher:
    """Checks and makes password hashes, as many at once as there are places.

    Who holds a turn does the slow work outside any transaction, which would otherwise stay open for
    a noticeable part of a second.
    """

    def __init__(self, cost: int, places: HashingPlaces) -> None:
        self._cost = cost
        self._slots = threading.Semaphore(places.slots)
        self._places = threading.Semaphore(places.together)
        self._nobodys = _hash_of_nobody(cost)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a slot; raise Busy `sign_in_busy` at once when too many are waiting already."""
        if not self._places.acquire(blocking=False):
            raise Busy(
                "sign_in_busy", "Too many people sign in just now.", fields={"retry_after": 2}
            )
        try:
            with self._slots:
                yield
        finally:
            self._places.release()

    def check(self, password: str, password_hash: str | None) -> bool:
        """Return whether the password fits.

        Without a hash (no such account) work just as long for a no.
        """
        matches = password_matches(password, password_hash or self._nobodys)
        return matches and password_hash is not None

    def hash(self, password: str) -> str:
        return hash_password(password, self._cost)

    def renewed(self, password: str, password_hash: str | None) -> str | None:
        """Return a new hash when the one kept has another cost than today's.

        It would take another time to check.
        """
        if password_hash is None or cost_of(password_hash) == self._cost:
            return None
        return self.hash(password)
