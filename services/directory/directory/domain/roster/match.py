"""Who of a roster file is who of the roster (DIR-2).

Told by 管理番号, seat and name, name and reading, the family's address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.roster.plan import PlannedPupil
from directory.domain.roster.present import PresentPupil

Key = Callable[[Any], Hashable | None]


@dataclass(frozen=True)
class Families:
    """What is known of families before guardians are compared.

    The blind indexes of a child's addresses, on both sides.
    """

    planned: Mapping[str, frozenset[bytes]]
    present: Mapping[UUID, frozenset[bytes]]

    def share(self, planned: PlannedPupil, present: PresentPupil) -> bool:
        """Return whether a mail address of one is a mail address of the other."""
        of_file = self.planned.get(planned.key, frozenset())
        of_roster = self.present.get(present.id, frozenset())
        return not of_file.isdisjoint(of_roster)


@dataclass
class Match:
    """Who was found.

    `pairs`: file key → pupil of the roster; `ambiguous`: children of the file of whom several could
    be meant.
    """

    pairs: dict[str, PresentPupil] = field(default_factory=dict)
    ambiguous: list[PlannedPupil] = field(default_factory=list)


def match_pupils(
    planned: Iterable[PlannedPupil],
    present: Iterable[PresentPupil],
    class_ids: Mapping[str, UUID],
    families: Families,
) -> Match:
    """Pair the children of a file with those of the roster, the surest signs first.

    Who stays alone is new or missing. `class_ids`: the file's classes → groups. Two children of one
    name are told apart by seat and exact characters (髙橋, 高橋), then by address; where all that
    fails nobody is guessed. A seat alone says little: children change theirs.
    """
    matcher = _Matcher(
        planned={pupil.key: pupil for pupil in planned},
        present={pupil.id: pupil for pupil in present},
        families=families,
    )
    if not matcher.present:
        return matcher.match

    def seat(pupil: PlannedPupil | PresentPupil) -> tuple[UUID | None, int | None]:
        if isinstance(pupil, PlannedPupil):
            return class_ids.get(pupil.class_key), pupil.number
        return pupil.class_id, pupil.number

    def has_same_seat_or_reading(one: PlannedPupil, other: PresentPupil) -> bool:
        return seat(one) == seat(other) or one.kana == other.kana

    matcher.take_by_number()
    matcher.take_unique(lambda p: (seat(p), p.display_name))
    matcher.take_related(matcher.have_same_name)
    matcher.take_by_birth()
    matcher.take_unique(lambda p: (p.display_name, p.kana))
    matcher.take_unique(lambda p: (seat(p), matcher.name(p)))
    matcher.take_by_name(matcher.name_and_reading)
    matcher.take_unique(lambda p: (seat(p), p.kana))
    matcher.take_related(has_same_seat_or_reading)
    return matcher.match


def match_former(
    planned: Iterable[PlannedPupil], former: Iterable[PresentPupil], families: Families
) -> dict[str, PresentPupil]:
    """Return file key → who has left and seems to be meant: whether it is, the office decides."""
    matcher = _Matcher(
        planned={pupil.key: pupil for pupil in planned},
        present={pupil.id: pupil for pupil in former},
        families=families,
    )

    matcher.take_by_number()
    matcher.take_related(matcher.have_same_name)
    matcher.take_by_birth()
    matcher.take_unique(matcher.name_and_reading)
    matcher.take_unique(matcher.name)
    return matcher.match.pairs


def match_by_name(planned: Iterable[PlannedPupil], present: Iterable[PresentPupil]) -> Match:
    """Pair children whose class tells nothing, because it is about to be another.

    Who has a namesake is ambiguous, unless 管理番号, day of birth or reading tell them apart.
    """
    nothing_known: Mapping[str, frozenset[bytes]] = {}
    matcher = _Matcher(
        planned={pupil.key: pupil for pupil in planned},
        present={pupil.id: pupil for pupil in present},
        families=Families(nothing_known, {}),
    )

    matcher.take_by_number()
    matcher.take_by_birth()
    matcher.take_unique(matcher.name_and_reading)
    matcher.take_unique(lambda p: p.display_name)
    matcher.take_by_name(matcher.name)
    return matcher.match


@dataclass
class _Matcher:
    """Holds who is still alone: `planned` by file key, `present` by id."""

    planned: dict[str, PlannedPupil]
    present: dict[UUID, PresentPupil]
    families: Families
    match: Match = field(default_factory=Match)
    _names: dict[str, str] = field(default_factory=dict)

    def name(self, pupil: PlannedPupil | PresentPupil) -> str:
        """Return a name under which variants are one; folding is dear, so each is folded once."""
        typed = pupil.display_name
        if typed not in self._names:
            self._names[typed] = fold_for_search(typed)
        return self._names[typed]

    def name_and_reading(self, pupil: PlannedPupil | PresentPupil) -> tuple[str, str | None]:
        return self.name(pupil), pupil.kana

    def have_same_name(self, one: PlannedPupil, other: PresentPupil) -> bool:
        return self.name(one) == self.name(other)

    def take_by_number(self) -> None:
        """Pair by 管理番号; then by one whose zeros in front Excel has taken."""
        self.take_unique(lambda p: p.management_number)
        self.take_unique(lambda p: p.management_number and p.management_number.lstrip("0"))

    def take_by_birth(self) -> None:
        """Pair by name and day of birth."""
        self.take_unique(lambda p: p.birth_date and (self.name(p), p.birth_date))

    def take_unique(self, key: Key, present_key: Key | None = None) -> None:
        """Pair those who alone have a key, on both sides."""
        theirs = _group(self.present.values(), present_key or key)
        for found, some in _group(self.planned.values(), key).items():
            if len(some) == 1 and len(theirs.get(found, ())) == 1:
                self._pair(some[0], theirs[found][0])

    def take_by_name(self, key: Key) -> None:
        """Pair by name and reading.

        Namesakes are paired by address, then by exact characters, else they are ambiguous.
        """
        self.take_unique(key)
        theirs = _group(self.present.values(), key)
        for found, some in _group(self.planned.values(), key).items():
            others = theirs.get(found, [])
            self._pair_namesakes(some, others)
            is_one_left = any(other.id in self.present for other in others)
            if not is_one_left:
                continue
            for one in some:
                if one.key in self.planned:
                    del self.planned[one.key]
                    self.match.ambiguous.append(one)

    def _pair_namesakes(self, some: list[PlannedPupil], others: list[PresentPupil]) -> None:
        related = []
        written_alike = []
        for one in some:
            for other in others:
                pair = one, other
                if self.families.share(one, other):
                    related.append(pair)
                if one.display_name == other.display_name:
                    written_alike.append(pair)
        self._pair_alone(related)
        self._pair_alone(written_alike)

    def take_related(self, fits: Callable[[PlannedPupil, PresentPupil], bool]) -> None:
        """Pair those who fit and share an address, where that is exactly one on both sides."""
        by_mail: dict[bytes, list[PresentPupil]] = {}
        for other in self.present.values():
            for index in self.families.present.get(other.id, ()):
                by_mail.setdefault(index, []).append(other)
        fitting: list[tuple[PlannedPupil, PresentPupil]] = []
        for one in self.planned.values():
            related: dict[UUID, PresentPupil] = {}
            for index in self.families.planned.get(one.key, ()):
                for other in by_mail.get(index, ()):
                    related[other.id] = other
            fitting += [(one, other) for other in related.values() if fits(one, other)]
        self._pair_alone(fitting)

    def _pair_alone(self, fitting: Iterable[tuple[PlannedPupil, PresentPupil]]) -> None:
        """Pair those who are still alone and fit one only."""
        still = [
            (one, other)
            for one, other in fitting
            if one.key in self.planned and other.id in self.present
        ]
        times_planned = Counter(one.key for one, _ in still)
        times_present = Counter(other.id for _, other in still)
        for one, other in still:
            if times_planned[one.key] == times_present[other.id] == 1:
                self._pair(one, other)

    def _pair(self, one: PlannedPupil, other: PresentPupil) -> None:
        self.match.pairs[one.key] = other
        del self.planned[one.key]
        del self.present[other.id]


def _group(pupils: Iterable[Any], key: Key) -> dict[Hashable, list[Any]]:
    groups: dict[Hashable, list[Any]] = {}
    for pupil in pupils:
        found = key(pupil)
        if found is not None:
            groups.setdefault(found, []).append(pupil)
    return groups
