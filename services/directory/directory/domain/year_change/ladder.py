"""The grades of a school from the lowest to the highest, and what stands below them (DIR-10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.roster.cells import Unreadable, read_grade
from directory.domain.tree import Node, Tree
from directory.domain.words import GroupKind


@dataclass(frozen=True)
class ClassSpot:
    """Where a class stands: in which grade, and by which names below it.

    `step`: the grade's place on the ladder; None for a class beside the grades (ひまわり学級): its
    names begin below 全校.
    """

    step: int | None
    names: tuple[str, ...]


@dataclass(frozen=True)
class Ladder:
    """A year's grades in the order of the tree: 1年 to 6年, 年少 to 年長, 小1年 to 中3年."""

    tree: Tree
    grades: tuple[UUID, ...]

    @classmethod
    def of(cls, tree: Tree) -> Ladder:
        """Find the grades of a tree."""
        return cls(tree, tuple(_list_grades(tree)))

    @property
    def top(self) -> int:
        """Return the step of the highest grade; -1 in a school without grades."""
        return len(self.grades) - 1

    def spot_of(self, class_id: UUID) -> ClassSpot:
        """Return where a class stands."""
        names: list[str] = []
        for node in self._upwards(class_id):
            if node.id in self.grades:
                step = self.grades.index(node.id)
                return ClassSpot(step, tuple(reversed(names)))
            names.append(fold_for_search(node.name))
        return ClassSpot(None, tuple(reversed(names)))

    def find(self, spot: ClassSpot) -> UUID | None:
        """Return the class at a spot; None where this year has none."""
        start = self._start_of(spot)
        return self._descend(start, spot.names) if start else None

    def grade_at(self, step: int) -> UUID | None:
        """Return the grade at a step; None above the highest."""
        return self.grades[step] if step <= self.top else None

    def step_of(self, class_id: UUID) -> int | None:
        """Return the step of the grade in which a class stands."""
        return self.spot_of(class_id).step

    def has_classes(self, class_id: UUID) -> bool:
        """Return whether there are classes below this one."""
        return bool(self.tree.children.get(class_id))

    def _start_of(self, spot: ClassSpot) -> UUID | None:
        if spot.step is not None:
            return self.grade_at(spot.step)
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


def _list_grades(tree: Tree) -> Iterator[UUID]:
    """Yield the grades; what stands below one is none, even where it is called 「1」."""
    found: set[UUID] = set()
    for node in tree.nodes.values():
        is_below_grade = not found.isdisjoint(tree.above(node.id))
        if node.kind == GroupKind.CLASS and not is_below_grade and _is_grade(node):
            found.add(node.id)
            yield node.id


def _is_grade(node: Node) -> bool:
    if node.is_root:
        return False
    try:
        read_grade(node.name)
    except Unreadable:
        return False
    return True
