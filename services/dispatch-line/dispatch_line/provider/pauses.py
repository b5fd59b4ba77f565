"""Which accounts must get nothing for a moment.

LINE asked for patience, or the second's requests are used up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

# LINE allows 200 an account, and refuses what goes beyond.
MULTICASTS_PER_SECOND = 150


class AccountPauses:
    """One process's memory of its accounts' pace; belongs to one event loop."""

    def __init__(self, per_second: int = MULTICASTS_PER_SECOND) -> None:
        self._per_second = per_second
        self._until: dict[str, datetime] = {}
        # Account → (second, requests in it).
        self._sent: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))

    def count(self, route: str, now: datetime) -> None:
        """Note a request."""
        second = int(now.timestamp())
        counted, requests = self._sent[route]
        self._sent[route] = (second, requests + 1 if counted == second else 1)

    def pause(self, route: str, until: datetime) -> None:
        """Keep everything from an account until then."""
        self._until[route] = max(until, self._until.get(route, until))

    def closed(self, now: datetime) -> Collection[str]:
        """Return the accounts that get nothing at this moment."""
        self._until = {route: until for route, until in self._until.items() if until > now}
        second = int(now.timestamp())
        full = {
            route
            for route, (counted, requests) in self._sent.items()
            if counted == second and requests >= self._per_second
        }
        return {*self._until, *full}
