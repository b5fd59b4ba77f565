"""The grades of a school from the lowest to the highest, and what stands below them (DIR-10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.roster.cells import SCHOOLS, Unreadable, grade_order, read_grade
from directory.domain.tree import Node, Tree
from directory.domain.words import GroupKind

# As `grade_order` ranks them: nurseries, grades without a school, 小, 中, 高.
_NURSERY, _PLAIN, _PRIMARY, _JUNIOR = 0, 1, 2, 3
_LAST_OF = {_PRIMARY: 6, _JUNIOR: 3}


@dataclass(frozen=True, slots=True, order=True)
class Rung:
    """What a grade is by its name: 4年, 年長, 小6年; `school` and `number` as they rank."""

    school: int
    number: int

    @property
    def higher(self) -> Rung:
        """Return the next grade: 5年 after 4年, 中1年 after 小6年."""
        is_last_of_school = _LAST_OF.get(self.school) == self.number
        return Rung(self.school + 1, 1) if is_last_of_school else Rung(self.school, self.number + 1)


@dataclass(frozen=True)
class ClassSpot:
    """Where a class stands: in which grade, and by which names below it.

    `rung`: None for a class beside the grades (ひまわり学級): its names begin below 全校.
    """

    rung: Rung | None
    names: tuple[str, ...]


@dataclass(frozen=True)
class Ladder:
    """A year's grades, each where the tree has it."""

    tree: Tree
    grades: Mapping[Rung, UUID]

    @classmethod
    def of(cls, tree: Tree) -> Ladder:
        """Find the grades of a tree."""
        grades: dict[Rung, UUID] = {}
        for rung, group_id in _list_grades(tree):
            grades.setdefault(rung, group_id)
        return cls(tree, grades)

    @property
    def top(self) -> Rung | None:
        """Return the highest grade; None in a school without grades."""
        return max(self.grades, default=None)

    @property
    def lowest(self) -> UUID | None:
        """Return where who comes new begins: the lowest grade."""
        return self.grades[min(self.grades)] if self.grades else self._root

    def spot_of(self, class_id: UUID) -> ClassSpot:
        """Return where a class stands."""
        rungs = {group_id: rung for rung, group_id in self.grades.items()}
        names: list[str] = []
        for node in self._upwards(class_id):
            if node.id in rungs:
                return ClassSpot(rungs[node.id], tuple(reversed(names)))
            names.append(fold_for_search(node.name))
        return ClassSpot(None, tuple(reversed(names)))

    def find(self, spot: ClassSpot) -> UUID | None:
        """Return the class at a spot; None where this year has none."""
        start = self._root if spot.rung is None else self.grade_at(spot.rung)
        return self._descend(start, spot.names) if start else None

    def grade_at(self, rung: Rung) -> UUID | None:
        """Return a grade; of a nursery that leaves one out the next one, else None."""
        if rung in self.grades or rung.school != _NURSERY:
            return self.grades.get(rung)
        above = [each for each in self.grades if each.school == _NURSERY and each > rung]
        return self.grades[min(above)] if above else None

    def nearest(self, rung: Rung | None) -> UUID | None:
        """Return a grade, or where there is none 全校: nobody is left without any place."""
        grade = None if rung is None else self.grade_at(rung)
        return grade or self._root

    def rung_of(self, class_id: UUID) -> Rung | None:
        """Return the grade in which a class stands."""
        return self.spot_of(class_id).rung

    def has_classes(self, class_id: UUID) -> bool:
        """Return whether there are classes below this one."""
        return bool(self.tree.children.get(class_id))

    @property
    def _root(self) -> UUID | None:
        return self.tree.root.id if self.tree.root else None

    def _upwards(self, class_id: UUID) -> Iterator[Node]:
        """Yield a class and what is above it, without 全校."""
        for group_id in (class_id, *self.tree.above(class_id)):
            node = self.tree.nodes[group_id]
            if not node.is_root:
                yield node

    def _descend(self, start: UUID, names: tuple[str, ...]) -> UUID | None:
        here = start
        for name in names:
            below = self.tree.children.get(here, ())
            named = [each for each in below if self._name(each) == name]
            if not named:
                return None
            here = named[0]
        return here

    def _name(self, group_id: UUID) -> str:
        return fold_for_search(self.tree.nodes[group_id].name)


def missing_grades(ladder: Ladder) -> list[tuple[UUID, str]]:
    """Return the grades that a year needs and has not: below which group, and by what name.

    A small school may have nobody in 3年; next year it has.
    """
    missing = []
    for rung, group_id in ladder.grades.items():
        above = rung.higher
        is_needed = rung != ladder.top and rung.school != _NURSERY
        if not is_needed or above.school != rung.school or above in ladder.grades:
            continue
        node = ladder.tree.nodes[group_id]
        if node.parent_id is not None:
            name = node.name.replace(str(rung.number), str(above.number))
            missing.append((node.parent_id, name))
    return missing


def _list_grades(tree: Tree) -> Iterator[tuple[Rung, UUID]]:
    """Yield the grades; what stands below one is none, even where it is called 「1」."""
    found: set[UUID] = set()
    for node in tree.nodes.values():
        is_below_grade = not found.isdisjoint(tree.above(node.id))
        rung = _read_rung(tree, node)
        if rung is None or is_below_grade:
            continue
        found.add(node.id)
        yield rung, node.id


def _read_rung(tree: Tree, node: Node) -> Rung | None:
    if node.kind != GroupKind.CLASS or node.is_root:
        return None
    try:
        school, number, _ = grade_order(read_grade(node.name))
    except Unreadable:
        return None
    return Rung(_school_above(tree, node) if school == _PLAIN else school, number)


def _school_above(tree: Tree, node: Node) -> int:
    """Return the school of a grade that stands below 小学部, 中学部 or 高等部."""
    for group_id in tree.above(node.id):
        name = tree.nodes[group_id].name
        if name[:1] in tuple(SCHOOLS):
            return _PRIMARY + SCHOOLS.index(name[0])
    return _PLAIN
