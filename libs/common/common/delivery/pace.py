"""What the claimer of a dispatcher may do next.

Pure: every moment is given, in seconds of a clock that never runs backwards.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from common.words import LANES

# In one transaction. Claimed one by one, batches wait for their turns at the interpreter longer
# than the database takes for them all; many more at once would keep the settler waiting instead.
# See docs/measured.md.
MOST_BATCHES = 5
# How long the normal lane rests after new urgent rows: pages, answers and the other channels need
# the same cores, and an urgent message is read within minutes or not at all.
URGENT_SECONDS = 1.0


class Pace:
    """Which lanes may claim, how many batches at once, and whether room was wanting.

    The number of batches doubles while what was sent is settled, and is one again when rows come
    back unsent: a carrier that takes twenty a second would be claimed for in vain.
    """

    def __init__(self) -> None:
        self.batches_at_once = 1
        self.needs_room = True
        self.normal_rests_until = 0.0
        self._newest_urgent = datetime.min.replace(tzinfo=UTC)

    def awake_lanes(self, now: float, open_lanes: Collection[str] = LANES) -> list[str]:
        """Return the lanes that may be claimed in, urgent first.

        `open_lanes`: in which anything can be handed over.
        """
        resting = ["normal"] if now < self.normal_rests_until else []
        return [lane for lane in LANES if lane in open_lanes and lane not in resting]

    def batches(self, claim_size: int, room: int, free_on_route: int) -> int:
        """Return how many batches to claim in a lane with `room` rows left.

        `free_on_route`: how many rows the fullest route may still get, for one route may get all
        that is claimed. A route that is full is passed over by the claim, so one batch may always
        be tried.
        """
        safe = max(1, free_on_route // claim_size)
        return max(0, min(self.batches_at_once, safe, room // claim_size))

    def urgent_began(self, gives_up_at: datetime, now: float) -> bool:
        """Let the normal lane rest if these urgent rows are newer than any before.

        Returns whether they are. Urgent rows that are only tried again let nobody rest: a carrier
        that takes its time would otherwise keep all other mails waiting for minutes.
        """
        if gives_up_at <= self._newest_urgent:
            return False
        self._newest_urgent = gives_up_at
        self.normal_rests_until = now + URGENT_SECONDS
        return True

    def settled(self, *, came_back: bool) -> None:
        """Go faster after what was sent is settled, and begin anew when rows came back unsent."""
        if came_back:
            self.batches_at_once = 1
        else:
            self.batches_at_once = min(2 * self.batches_at_once, MOST_BATCHES)
