"""Wait for a fact with a deadline, which is what tests do in place of sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from common import clock

BETWEEN_TWO_LOOKS = 0.01  # seconds


async def until(fact: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until a fact is true; fail when it isn't in time.

    It is looked at in a thread, so that the roles of this loop go on meanwhile.
    """
    deadline = clock.monotonic() + seconds
    while not await asyncio.to_thread(fact):
        assert clock.monotonic() < deadline, "the fact did not come true in time"
        await asyncio.sleep(BETWEEN_TWO_LOOKS)
