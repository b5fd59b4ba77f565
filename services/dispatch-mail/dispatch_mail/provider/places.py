"""How many connections one relay gets at once, and how many of them are left to urgent mails.

Normal mails never take the last quarter of the places, so that an urgent mail does not wait until
a normal one's connection comes back. A relay that takes no more connections has that many places
for us, until one more is tried.
"""

from __future__ import annotations

import asyncio
from collections import deque

from common import clock
from common.words import LANES

# One place in so many, and one at least.
SHARE_OF_URGENT = 4
# Between two tries whether the relay takes one connection more.
GROW_SECONDS = 5.0


class Places:
    """`most` places, taken and given back by lane; urgent is let in first, then who came first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = most
        self._grows_at = 0.0
        self._taken = dict.fromkeys(LANES, 0)
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {lane: deque() for lane in LANES}

    @property
    def open(self) -> int:
        """Return how many places the relay has for us, as far as we know."""
        return self._open

    @property
    def open_to_normal(self) -> int:
        """Return how many of them normal mails may take."""
        kept_for_urgent = max(1, self._open // SHARE_OF_URGENT)
        return max(1, self._open - kept_for_urgent)

    def is_over(self, lane: str) -> bool:
        """Whether a lane holds more than it may since the places became fewer."""
        return lane == "normal" and self._taken["normal"] > self.open_to_normal

    async def take(self, lane: str) -> None:
        """Wait for a place and take it."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(place)
        self._let_in()
        try:
            await place
        except asyncio.CancelledError:
            # It was given at the very moment: nobody else would ever have it.
            if not place.cancelled():
                self.give_back(lane)
            raise

    def give_back(self, lane: str) -> None:
        """Leave a place to who waits."""
        self._taken[lane] -= 1
        self._let_in()

    def shrink(self, most: int) -> None:
        """Have `most` places for now: the relay refused one more. They come back one by one."""
        self._open = max(1, min(self._open, most))
        self._grows_at = clock.monotonic() + GROW_SECONDS

    def restore(self) -> None:
        """Have all places again: what a relay took before it went away says nothing any more."""
        self._open = self._most

    def _let_in(self) -> None:
        self._grow()
        for lane in LANES:
            waiting = self._waiting[lane]
            while waiting and self._has_room(lane):
                place = waiting.popleft()
                if place.cancelled():
                    continue
                self._taken[lane] += 1
                place.set_result(None)

    def _grow(self) -> None:
        if self._open < self._most and clock.monotonic() >= self._grows_at:
            self._open += 1
            self._grows_at = clock.monotonic() + GROW_SECONDS

    def _has_room(self, lane: str) -> bool:
        if sum(self._taken.values()) >= self._open:
            return False
        return lane == "urgent" or self._taken["normal"] < self.open_to_normal
