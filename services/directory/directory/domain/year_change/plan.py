"""Who goes where when the school year turns: by the rule, or as the office decided (DIR-10).

The rule is applied anew each time it is looked at, so a child who moves in or changes the class
before the year turns goes along. Only what was decided is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from directory.domain.tree import Tree
from directory.domain.words import MemberStatus
from directory.domain.year_change.ladder import ClassSpot, Ladder, Rung


class YearOutcome(StrEnum):
    """進級 (or a year again), 新入学, 卒業."""

    MOVES = "moves"
    ENTERS = "enters"
    GRADUATES = "graduates"


@dataclass(frozen=True, slots=True)
class Pupil:
    """A child as the year finds it.

    `class_id`: where it is enrolled; `joined`: the other classes of the tree that it goes to;
    `planned_since`: when a planned status begins.
    """

    id: UUID
    name: str
    kana: str
    status: str
    number: int | None
    class_id: UUID | None
    joined: tuple[UUID, ...] = ()
    planned_since: date | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What the office decided for a child: a class of the next year and a seat, or graduation."""

    group_id: UUID | None
    number: int | None
    graduates: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one child.

    `group_id`: where it will be enrolled, None for graduates and where the tree has no place;
    `is_open`: the class is still to be decided, or nothing tells the grade of a child in a class
    beside the grades; `joined`: the other classes it will go to.
    """

    pupil: Pupil
    outcome: YearOutcome
    group_id: UUID | None
    number: int | None
    is_decided: bool
    is_open: bool
    joined: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class YearPlan:
    """The whole school, in the order of next year's lists; who graduates stands at the end."""

    before: Ladder
    after: Ladder
    lines: tuple[Line, ...]


def plan_year(
    before: Tree,
    after: Tree,
    pupils: Iterable[Pupil],
    decided: Mapping[UUID, Decided],
    first_day: date,
) -> YearPlan:
    """Return what becomes of each child.

    By the rule a child goes to the class of the same name one grade higher, with its number; who is
    in the highest grade graduates; who comes new goes to the lowest, without a class yet, or to the
    class that it is written into. `first_day`: of the new year.
    """
    rule = _Rule(Ladder.of(before), Ladder.of(after), first_day)
    lines = []
    for pupil in pupils:
        said = decided.get(pupil.id)
        lines.append(rule.follow(pupil, said) if said else rule.apply(pupil))
    ranks = after.ranks()
    lines.sort(key=lambda line: _order(line, ranks))
    return YearPlan(rule.before, rule.after, tuple(lines))


def _order(line: Line, ranks: Mapping[UUID, int]) -> tuple[bool, int, bool, int, str, UUID]:
    last = len(ranks)
    rank = ranks.get(line.group_id, last) if line.group_id else last
    return (
        line.outcome == YearOutcome.GRADUATES,
        rank,
        line.number is None,
        line.number or 0,
        line.pupil.kana,
        line.pupil.id,
    )


@dataclass(frozen=True)
class _Rule:
    before: Ladder
    after: Ladder
    first_day: date

    def apply(self, pupil: Pupil) -> Line:
        if pupil.class_id is None:
            return self._place(pupil, self.after.lowest, None)
        spot = self.before.spot_of(pupil.class_id)
        if self._is_of_next_year(pupil):
            return self._seat(pupil, spot)
        rung = self._rung_of(pupil, spot)
        if rung is not None and rung == self.before.top:
            return _graduate(pupil, is_decided=False)
        line = self._seat(pupil, _one_higher(spot))
        return line if rung else replace(line, is_open=True)

    def follow(self, pupil: Pupil, said: Decided) -> Line:
        """Return the line of a child for whom the office decided."""
        if said.graduates:
            return _graduate(pupil, is_decided=True)
        return replace(self._place(pupil, said.group_id, said.number), is_decided=True)

    def _is_of_next_year(self, pupil: Pupil) -> bool:
        """Return whether a child comes in the new year into the class that it is written into."""
        comes_then = pupil.planned_since is None or pupil.planned_since >= self.first_day
        return pupil.status == MemberStatus.PROSPECTIVE and comes_then

    def _seat(self, pupil: Pupil, spot: ClassSpot) -> Line:
        """Return the line of a child who goes to the class at a spot, else to its grade."""
        same_class = self.after.find(spot)
        if same_class is not None:
            return self._place(pupil, same_class, pupil.number)
        return self._place(pupil, self.after.nearest(spot.rung), None)

    def _place(self, pupil: Pupil, group_id: UUID | None, number: int | None) -> Line:
        return Line(
            pupil=pupil,
            outcome=_outcome_of(pupil),
            group_id=group_id,
            number=number,
            is_decided=False,
            is_open=group_id is None or self.after.has_classes(group_id),
            joined=self._joined_next_to(pupil, group_id),
        )

    def _rung_of(self, pupil: Pupil, spot: ClassSpot) -> Rung | None:
        """Return a child's grade; beside the grades it has that of the class that it joins."""
        if spot.rung is not None:
            return spot.rung
        for class_id in pupil.joined:
            rung = self.before.rung_of(class_id)
            if rung is not None:
                return rung
        return None

    def _joined_next_to(self, pupil: Pupil, group_id: UUID | None) -> tuple[UUID, ...]:
        """Return where a child goes besides its own class, one grade higher."""
        found = []
        for class_id in pupil.joined:
            goal = _one_higher(self.before.spot_of(class_id))
            there = self.after.find(goal)
            if there is not None and there != group_id:
                found.append(there)
        return tuple(found)


def _outcome_of(pupil: Pupil) -> YearOutcome:
    is_new = pupil.status == MemberStatus.PROSPECTIVE or pupil.class_id is None
    return YearOutcome.ENTERS if is_new else YearOutcome.MOVES


def _one_higher(spot: ClassSpot) -> ClassSpot:
    return spot if spot.rung is None else ClassSpot(spot.rung.higher, spot.names)


def _graduate(pupil: Pupil, *, is_decided: bool) -> Line:
    return Line(
        pupil=pupil,
        outcome=YearOutcome.GRADUATES,
        group_id=None,
        number=None,
        is_decided=is_decided,
        is_open=False,
    )
