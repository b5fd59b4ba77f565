"""The benchmark's rows: one table for people, one file for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing.

    `against`: the same unit, measured in the same run; `ratio`: median over the pairs; `goal`: in
    words.
    """

    name: str
    value: float
    unit: str
    against: float | None
    ratio: float | None
    goal: str


def paired(name: str, unit: str, pairs: Sequence[tuple[float, float]], goal: str) -> Row:
    """Return the row of repeats, each measured together with its rival: (ours, theirs)."""
    ours = median(one for one, _ in pairs)
    theirs = median(other for _, other in pairs)
    ratio = median(one / other for one, other in pairs)
    return Row(name, ours, unit, theirs, ratio, goal)


def alone(name: str, unit: str, values: Sequence[float], goal: str) -> Row:
    """Return the row of repeats of what nothing stands beside."""
    return Row(name, median(values), unit, None, None, goal)


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]


def table(rows: Sequence[Row]) -> str:
    """Return the rows as aligned plain text."""
    lines = [("what", "value", "unit", "against", "ratio", "goal")]
    lines += [
        (
            row.name,
            _short(row.value),
            row.unit,
            _short(row.against),
            _short(row.ratio),
            row.goal,
        )
        for row in rows
    ]
    columns = range(len(lines[0]))
    widths = [max(len(line[column]) for line in lines) for column in columns]
    left = (True, False, True, False, False, True)
    written = []
    for line in lines:
        cells = []
        for text, width, is_left in zip(line, widths, left, strict=True):
            if is_left:
                cells.append(text.ljust(width))
            else:
                cells.append(text.rjust(width))
        written.append("  ".join(cells).rstrip())
    return "\n".join(written)


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as a JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n")


def _short(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
