"""The one bar of a send: what was confirmed, handed over, still on its way, and not reached, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ORDER = ("confirmed", "delivered", "delivering", "unreached")
SMALLEST = 1.5  # per cent of the bar; on a phone 300 px wide anything less is no pixel that an eye finds


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the bar, in per cent of its length."""

    name: str
    x: float
    width: float


def segments(counts: Mapping[str, int], heads: int) -> tuple[Segment, ...]:
    """Return the parts of the bar in their order; whoever is there is seen, however few they are.

    Heads that no state has yet leave the end of the bar empty.
    """
    there = {name: counts.get(name, 0) for name in ORDER if counts.get(name, 0) > 0}
    whole = max(heads, sum(there.values()))
    widths = {name: max(number * 100 / whole, SMALLEST) for name, number in there.items()}
    too_long = max(sum(widths.values()), 100) / 100
    placed: list[Segment] = []
    x = 0.0
    for name, width in widths.items():
        fitting = width / too_long
        placed.append(Segment(name, round(x, 2), round(fitting, 2)))
        x += fitting
    return tuple(placed)
