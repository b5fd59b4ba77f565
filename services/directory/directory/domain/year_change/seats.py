"""Seats of the next year's classes: which meet, and how they are given anew (DIR-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from directory.domain.year_change.plan import Line

Seat = tuple[UUID, int]


def find_clashes(lines: Iterable[Line]) -> dict[Seat, list[Line]]:
    """Return each seat that two or more children would have, with them."""
    taken: dict[Seat, list[Line]] = {}
    for line in lines:
        seat = _seat_of(line)
        if seat:
            taken.setdefault(seat, []).append(line)
    return {seat: those for seat, those in taken.items() if len(those) > 1}


def clear_clashes(lines: Iterable[Line]) -> list[Line]:
    """Return the lines with no seat twice: who was decided keeps it, the others have none.

    For the moment in which the year turns by itself: somebody who moved in the evening before must
    not hold up a school.
    """
    decided_first = sorted(lines, key=lambda line: not line.is_decided)
    taken: set[Seat] = set()
    cleared = []
    for line in decided_first:
        seat = _seat_of(line)
        if seat in taken:
            cleared.append(replace(line, number=None))
            continue
        if seat:
            taken.add(seat)
        cleared.append(line)
    return cleared


def number_by_reading(lines: Iterable[Line]) -> Mapping[UUID, int]:
    """Return member → 1, 2, 3 … for the children of one class, in the order of 五十音."""
    in_order = sorted(lines, key=lambda line: (line.pupil.kana, line.pupil.id))
    return {line.pupil.id: place for place, line in enumerate(in_order, start=1)}


def _seat_of(line: Line) -> Seat | None:
    if line.group_id is None or line.number is None:
        return None
    return line.group_id, line.number
