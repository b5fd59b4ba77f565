"""The one bar of a send: confirmed, handed over, still on its way and not reached, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ORDER = ("confirmed", "delivered", "delivering", "unreached")
# Per cent of the bar. On a phone 300 px wide, anything less is no pixel that an eye finds.
SMALLEST = 1.5


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
    widths = _widths_of(counts, heads)
    total = sum(widths.values())
    too_long = max(total, 100) / 100
    placed = []
    x = 0.0
    for name, width in widths.items():
        fitting = width / too_long
        segment = Segment(
            name,
            x=round(x, 2),
            width=round(fitting, 2),
        )
        placed.append(segment)
        x += fitting
    return tuple(placed)


def _widths_of(counts: Mapping[str, int], heads: int) -> dict[str, float]:
    """Return the parts that are there, in per cent; together they may be more than a hundred."""
    there = {name: counts[name] for name in ORDER if counts.get(name, 0) > 0}
    whole = max(heads, sum(there.values()))
    return {name: max(number * 100 / whole, SMALLEST) for name, number in there.items()}
