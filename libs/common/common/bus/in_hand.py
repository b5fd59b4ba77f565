"""The messages of one queue that a worker holds and nobody has begun."""

from __future__ import annotations

import asyncio

from common.bus.transport import Incoming

# None tells a slot to end.
InHand = asyncio.Queue[Incoming | None]


def take_more(in_hand: InHand, most: int) -> list[Incoming]:
    """Take out what lies there at this moment, `most` at most; nothing that tells a slot to end."""
    taken: list[Incoming] = []
    while len(taken) < most and not in_hand.empty():
        message = in_hand.get_nowait()
        if message is None:
            in_hand.put_nowait(None)
            break
        taken.append(message)
    return taken


def give_back(in_hand: InHand, takers: int) -> None:
    """Give back what nobody has begun, and tell every taker to end."""
    while not in_hand.empty():
        message = in_hand.get_nowait()
        if message:
            message.requeue()
    for _ in range(takers):
        in_hand.put_nowait(None)
