"""Who of a roster file is who of the roster: by 管理番号, seat and name, name and reading, the family's address (DIR-2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.present_roster import PresentPupil
from directory.domain.roster_file import PlannedPupil

Key = Callable[[Any], Hashable | None]


@dataclass(frozen=True)
class Families:
    """What is known of families before guardians are compared: the blind indexes of a child's addresses on both sides."""

    planned: Mapping[str, frozenset[bytes]]
    present: Mapping[UUID, frozenset[bytes]]

    def share(self, planned: PlannedPupil, present: PresentPupil) -> bool:
        """Say whether a mail address of one is a mail address of the other."""
        return not self.planned.get(planned.key, frozenset()).isdisjoint(self.present.get(present.id, frozenset()))


@dataclass
class Match:
    """`pairs`: file key → pupil of the roster; `ambiguous`: children of the file of whom several could be meant."""

    pairs: dict[str, PresentPupil] = field(default_factory=dict)
    ambiguous: list[PlannedPupil] = field(default_factory=list)


def match_pupils(
    planned: Iterable[PlannedPupil], present: Iterable[PresentPupil], class_ids: Mapping[str, UUID], families: Families
) -> Match:
    """Pair the children of a file with those of the roster, the surest signs first; what stays alone is new or missing.

    `class_ids`: the file's classes → groups. Two children of one name are told apart by seat and exact characters (髙橋, 高橋),
    then by address; where all that fails nobody is guessed. A seat alone says little: children change theirs.
    """
    matcher = _Matcher({p.key: p for p in planned}, {p.id: p for p in present}, families)
    matcher.take_unique(lambda p: p.management_number or None, lambda p: p.management_number)

    def seat(pupil: PlannedPupil | PresentPupil) -> tuple[UUID | None, int | None]:
        if isinstance(pupil, PlannedPupil):
            return class_ids[pupil.class_key], pupil.number
        return pupil.class_id, pupil.number

    def name(pupil: PlannedPupil | PresentPupil) -> str:
        return fold_for_search(pupil.display_name)

    matcher.take_unique(lambda p: (seat(p), p.display_name))
    matcher.take_related(lambda one, other: name(one) == name(other))
    matcher.take_unique(lambda p: (p.display_name, p.kana))
    matcher.take_unique(lambda p: (seat(p), name(p)))
    matcher.take_by_name(lambda p: (name(p), p.kana))
    matcher.take_unique(lambda p: (seat(p), p.kana))
    matcher.take_related(lambda one, other: seat(one) == seat(other) or one.kana == other.kana)
    return matcher.match


@dataclass
class _Matcher:
    """Holds who is still alone: `planned` by file key, `present` by id."""

    planned: dict[str, PlannedPupil]
    present: dict[UUID, PresentPupil]
    families: Families
    match: Match = field(default_factory=Match)

    def take_unique(self, key: Key, present_key: Key | None = None) -> None:
        """Pair those who alone have a key, on both sides."""
        theirs = _group(self.present.values(), present_key or key)
        for found, some in _group(self.planned.values(), key).items():
            if len(some) == 1 and len(theirs.get(found, ())) == 1:
                self._pair(some[0], theirs[found][0])

    def take_by_name(self, key: Key) -> None:
        """Pair by name and reading; namesakes by address, then by exact characters, else they are ambiguous."""
        self.take_unique(key)
        theirs = _group(self.present.values(), key)
        for found, some in _group(self.planned.values(), key).items():
            others = theirs.get(found, [])
            self._pair_alone([(one, other) for one in some for other in others if self.families.share(one, other)])
            self._pair_alone([(one, other) for one in some for other in others if one.display_name == other.display_name])
            if any(other.id in self.present for other in others):
                self.match.ambiguous += [one for one in some if self.planned.pop(one.key, None)]

    def take_related(self, fits: Callable[[PlannedPupil, PresentPupil], bool]) -> None:
        """Pair those who fit and share an address, where there is exactly one such on both sides."""
        by_mail: dict[bytes, list[PresentPupil]] = {}
        for other in self.present.values():
            for index in self.families.present.get(other.id, ()):
                by_mail.setdefault(index, []).append(other)
        self._pair_alone(
            [
                (one, other)
                for one in self.planned.values()
                for other in {o.id: o for i in self.families.planned.get(one.key, ()) for o in by_mail.get(i, ())}.values()
                if fits(one, other)
            ]
        )

    def _pair_alone(self, fitting: Iterable[tuple[PlannedPupil, PresentPupil]]) -> None:
        """Pair those who are still alone and fit one only."""
        still = [(one, other) for one, other in fitting if one.key in self.planned and other.id in self.present]
        times = Counter(one.key for one, _ in still), Counter(other.id for _, other in still)
        for one, other in still:
            if times[0][one.key] == times[1][other.id] == 1:
                self._pair(one, other)

    def _pair(self, one: PlannedPupil, other: PresentPupil) -> None:
        self.match.pairs[one.key] = other
        del self.planned[one.key]
        del self.present[other.id]


def _group(pupils: Iterable[Any], key: Key) -> dict[Hashable, list[Any]]:
    groups: dict[Hashable, list[Any]] = {}
    for pupil in pupils:
        if (found := key(pupil)) is not None:
            groups.setdefault(found, []).append(pupil)
    return groups
