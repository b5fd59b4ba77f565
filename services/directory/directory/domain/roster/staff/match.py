"""Who of a file of staff is who of the roster: by 管理番号, address, name with reading, name."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.roster.pupil import PupilValues
from directory.domain.roster.staff.lines import StaffLine
from directory.domain.roster.staff.present import PresentStaff

Person = TypeVar("Person", StaffLine, PresentStaff)
Pairs = dict[str, PresentStaff]
Sign = Callable[[PupilValues], Hashable | None]
# By person: addresses as blind indexes.
Indexes = Mapping[str, frozenset[bytes]]


@dataclass
class StaffMatch:
    """Who was found. `ambiguous`: of whom several could be meant."""

    pairs: Pairs = field(default_factory=dict)
    ambiguous: list[StaffLine] = field(default_factory=list)


def match_staff(
    lines: Iterable[StaffLine], people: Iterable[PresentStaff], indexes: Indexes
) -> StaffMatch:
    """Pair the people of a file with those of the roster, the surest signs first.

    `indexes`: file key, or id as text → addresses. Who stays alone is new or missing.
    """
    matcher = _StaffMatcher(
        lines={line.key: line for line in lines},
        people={person.id: person for person in people},
    )
    matcher.take_unique(lambda one: one.management_number)
    matcher.take_unique(lambda one: (one.management_number or "").lstrip("0") or None)
    matcher.take_by_mail(indexes)
    matcher.take_unique(lambda one: (_name(one), one.kana) if one.kana else None)
    matcher.take_unique(_name)
    matcher.note_ambiguous()
    return matcher.match


def _name(person: PupilValues) -> str:
    return fold_for_search(person.display_name)


@dataclass
class _StaffMatcher:
    """Holds who is still alone."""

    lines: dict[str, StaffLine]
    people: dict[UUID, PresentStaff]
    match: StaffMatch = field(default_factory=StaffMatch)

    def take_unique(self, sign: Sign) -> None:
        """Pair those who alone have a sign, on both sides."""
        theirs = _group(self.people.values(), sign)
        for found, lines in _group(self.lines.values(), sign).items():
            people = theirs.get(found, [])
            if len(lines) == len(people) == 1:
                self._pair(lines[0], people[0])

    def take_by_mail(self, indexes: Indexes) -> None:
        """Pair those who share an address with exactly one on the other side."""
        fitting = []
        for line in self.lines.values():
            mine = indexes.get(line.key, frozenset())
            for person in self.people.values():
                theirs = indexes.get(str(person.id), frozenset())
                if not mine.isdisjoint(theirs):
                    fitting.append((line, person))
        for line, person in fitting:
            of_line = sum(one is line for one, _ in fitting)
            of_person = sum(one is person for _, one in fitting)
            if of_line == of_person == 1:
                self._pair(line, person)

    def note_ambiguous(self) -> None:
        """Note who has the name of somebody of the roster who is left."""
        left = {_name(person) for person in self.people.values()}
        for line in self.lines.values():
            if _name(line) in left:
                self.match.ambiguous.append(line)

    def _pair(self, line: StaffLine, person: PresentStaff) -> None:
        self.match.pairs[line.key] = person
        del self.lines[line.key]
        del self.people[person.id]


def _group(people: Iterable[Person], sign: Sign) -> dict[Hashable, list[Person]]:
    groups: dict[Hashable, list[Person]] = {}
    for person in people:
        found = sign(person)
        if found is not None:
            groups.setdefault(found, []).append(person)
    return groups
