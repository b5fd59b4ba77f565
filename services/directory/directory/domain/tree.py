"""The class tree and the groups beside it: order, depth, names as people say them (DIR-4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from directory.domain.words import GroupKind

MAX_DEPTH = 4
WHOLE_SCHOOL = "全校"
# The first year of the era 令和.
REIWA_BEGAN = 2019
_KIND_ORDER = {GroupKind.CLASS: 0, GroupKind.FREE: 1, GroupKind.STAFF: 2}
_SEAT = re.compile(r"([1-9][0-9]?)[-年]([0-9]{1,2}|[a-z])組?(?:-?([0-9]{1,3})番?)?")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー－ｰ", "-"))


@dataclass(frozen=True, slots=True)
class Node:
    """A group of the school.

    `depth`: 1 for a group without a parent. `path`: 4年2組, without 全校 before it; beside a newer
    tree 令和7年度 4年2組.
    """

    id: UUID
    kind: GroupKind
    name: str
    parent_id: UUID | None
    position: int
    fiscal_year: int
    version: int = 1
    depth: int = 0
    path: str = ""

    @property
    def is_root(self) -> bool:
        """Return whether this is 全校."""
        return self.kind == GroupKind.CLASS and self.parent_id is None


@dataclass(frozen=True)
class Seat:
    """What 「4-2-12」 and 「4年2組」 ask for."""

    grade: int
    room: str
    number: int | None


@dataclass(frozen=True)
class Tree:
    """The groups that a school works with, in the order in which people list them.

    Classes of one fiscal year, in April those of the last one behind them; free groups, staff
    groups.
    """

    nodes: Mapping[UUID, Node]
    children: Mapping[UUID | None, Sequence[UUID]]

    @classmethod
    def of(cls, groups: Iterable[Node]) -> Tree:
        """Build the tree from groups whose depth and path are not yet known."""
        ordered = sorted(groups, key=_order_of)
        children: dict[UUID | None, list[UUID]] = {}
        by_id = {node.id: node for node in ordered}
        for node in ordered:
            children.setdefault(node.parent_id, []).append(node.id)
        nodes = {node.id: node for node in _walk(by_id, children, None, 1, "")}
        return cls(nodes, children)

    @property
    def root(self) -> Node | None:
        """Return 全校, or None in an empty school."""
        return next((node for node in self.nodes.values() if node.is_root), None)

    def with_years(self) -> Tree:
        """Return the tree with the year before the names of classes that are not of the newest."""
        older = self.older_classes()
        nodes = {}
        for node in self.nodes.values():
            path = f"{name_year(node.fiscal_year)} {node.path}" if node.id in older else node.path
            nodes[node.id] = replace(node, path=path)
        return Tree(nodes, self.children)

    def older_classes(self) -> frozenset[UUID]:
        """Return the classes of a year that is over."""
        classes = [node for node in self.nodes.values() if node.kind == GroupKind.CLASS]
        newest = max((node.fiscal_year for node in classes), default=0)
        return frozenset(node.id for node in classes if node.fiscal_year < newest)

    def fiscal_year(self, otherwise: int) -> int:
        """Return the year of the classes; another one where there are none yet."""
        return self.root.fiscal_year if self.root else otherwise

    def sisters(self, kind: GroupKind, parent_id: UUID | None) -> list[UUID]:
        """Return the groups of a kind below one parent, or at the top, in their order."""
        children = self.children.get(parent_id, ())
        return [child for child in children if self.nodes[child].kind == kind]

    def below(self, group_id: UUID) -> Iterator[UUID]:
        """Yield a group and all that is below it."""
        yield group_id
        for child in self.children.get(group_id, ()):
            yield from self.below(child)

    def spread(self, group_ids: Iterable[UUID]) -> frozenset[UUID]:
        """Return these groups and all that is below them; ids not of the school are left out."""
        found: set[UUID] = set()
        for group_id in group_ids:
            if group_id in self.nodes:
                found.update(self.below(group_id))
        return frozenset(found)

    def classes(self) -> list[UUID]:
        """Return the classes in which pupils are enrolled: those with no class below them."""
        parents = {node.parent_id for node in self.nodes.values()}
        rooms = []
        for node in self.nodes.values():
            is_room = node.kind == GroupKind.CLASS and not node.is_root
            if is_room and node.id not in parents:
                rooms.append(node.id)
        return rooms

    def above(self, group_id: UUID) -> Iterator[UUID]:
        """Yield a group's parent, its parent's parent, up to the root."""
        parent = self.nodes[group_id].parent_id
        while parent is not None:
            yield parent
            parent = self.nodes[parent].parent_id

    def height(self, group_id: UUID) -> int:
        """Return how many levels a group and what is below it take: 1 where nothing is below."""
        children = self.children.get(group_id, ())
        return 1 + max((self.height(child) for child in children), default=0)

    def ranks(self) -> dict[UUID, int]:
        """Return each class's place in the order of people's lists."""
        return {
            node.id: rank
            for rank, node in enumerate(self.nodes.values())
            if node.kind == GroupKind.CLASS
        }

    def path(self, group_id: UUID | None) -> str | None:
        """Return a group's name as people say it."""
        node = self.nodes.get(group_id) if group_id else None
        return node.path if node else None

    def find_room(self, seat: Seat) -> UUID | None:
        """Return the class 2組 below the grade 4年."""
        for node in self.nodes.values():
            parent = self.nodes.get(node.parent_id) if node.parent_id else None
            if parent is None or node.kind != GroupKind.CLASS:
                continue
            if _plain(node.name).removesuffix("組") == seat.room:
                grade = re.match(r"第?([0-9]+)", _plain(parent.name))
                if grade and int(grade[1]) == seat.grade:
                    return node.id
        return None


def _order_of(node: Node) -> tuple[int, int, int, str, UUID]:
    newest_first = -node.fiscal_year if node.kind == GroupKind.CLASS else 0
    return (_KIND_ORDER[node.kind], newest_first, node.position, node.name, node.id)


def name_year(fiscal_year: int) -> str:
    """Return a school year as people say it: 令和8年度 for 2026."""
    of_reiwa = fiscal_year - REIWA_BEGAN + 1
    return f"令和{of_reiwa}年度"


def _walk(
    by_id: Mapping[UUID, Node],
    children: Mapping[UUID | None, Sequence[UUID]],
    parent: UUID | None,
    depth: int,
    before: str,
) -> Iterator[Node]:
    for group_id in children.get(parent, ()):
        group = by_id[group_id]
        path = before + group.name
        yield replace(group, depth=depth, path=path)
        yield from _walk(by_id, children, group_id, depth + 1, "" if group.is_root else path)


def parse_seat(text: str) -> Seat | None:
    """Read 「4-2-12」, 「４−２」, 「4年2組12番」; None if the text is something else."""
    found = _SEAT.fullmatch(_plain(text).translate(_DASHES))
    if not found:
        return None
    room = str(int(found[2])) if found[2].isdigit() else found[2]
    number = int(found[3]) if found[3] else None
    return Seat(int(found[1]), room, number)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
