"""Find the classes and groups of a roster file in the roster's tree, and plan the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from directory.domain.names import fold_for_search
from directory.domain.roster.changes import describe_class
from directory.domain.roster.comparison import Comparison, Needs
from directory.domain.roster.plan import PlannedPupil, RosterPlan
from directory.domain.roster.present import PresentRoster
from directory.domain.roster.steps import NewGroup
from directory.domain.tree import Tree
from directory.domain.words import GroupKind


def place_classes(
    plan: RosterPlan, present: PresentRoster, needs: Needs, comparison: Comparison
) -> dict[str, UUID]:
    """Find the file's classes in the tree, by name below the same parent, and plan the others."""
    ids, new_classes = find_classes(plan, present.tree, needs.fiscal_year, needs.new_id)
    comparison.steps.groups += new_classes
    used = {pupil.class_key for pupil in plan.pupils}
    names = ClassNames(plan, present)
    new_ids = {group.id for group in new_classes}
    for room in plan.classes:
        if room.key in used and ids[room.key] in new_ids:
            comparison.changes.classes.append(describe_class(names.of(room.key)))
    return ids


def find_classes(
    plan: RosterPlan, tree: Tree, fiscal_year: int, new_id: Callable[[], UUID]
) -> tuple[dict[str, UUID], list[NewGroup]]:
    """Return each class of a file by key, and those that the tree does not have yet."""
    there = _classes_by_place(tree)
    ids: dict[str, UUID] = {}
    new_classes = []
    for room in plan.classes:
        parent = ids[room.parent] if room.parent else None
        name = fold_for_search(room.name) if room.parent else ""
        known = there.get((parent, name))
        ids[room.key] = known or new_id()
        if known is not None:
            continue
        new_class = NewGroup(
            id=ids[room.key],
            kind=GroupKind.CLASS.value,
            name=room.name,
            parent_id=parent,
            position=room.position,
            fiscal_year=fiscal_year,
        )
        new_classes.append(new_class)
    return ids, new_classes


def _classes_by_place(tree: Tree) -> dict[tuple[UUID | None, str], UUID]:
    """Return (parent, folded name) → class; the root has no name, whatever a school calls it."""
    places: dict[tuple[UUID | None, str], UUID] = {}
    for node in tree.nodes.values():
        if node.kind == GroupKind.CLASS:
            name = "" if node.is_root else fold_for_search(node.name)
            places[node.parent_id, name] = node.id
    return places


def place_groups(
    plan: RosterPlan, present: PresentRoster, needs: Needs, comparison: Comparison
) -> dict[str, UUID]:
    """Return folded name → free group, and plan those that the school does not have yet."""
    free = [node for node in present.tree.nodes.values() if node.kind == GroupKind.FREE]
    ids = {fold_for_search(node.name): node.id for node in reversed(free)}
    position = len(free)
    for pupil in plan.pupils:
        for name in pupil.groups:
            if fold_for_search(name) in ids:
                continue
            position += 1
            group_id = needs.new_id()
            ids[fold_for_search(name)] = group_id
            comparison.steps.groups.append(
                NewGroup(
                    id=group_id,
                    kind=GroupKind.FREE.value,
                    name=name,
                    parent_id=None,
                    position=position,
                    fiscal_year=needs.fiscal_year,
                )
            )
            comparison.changes.classes.append(describe_class(name))
    return ids


@dataclass
class ClassNames:
    """Says classes as people do: 4年2組, ひまわり学級."""

    plan: RosterPlan
    present: PresentRoster
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for room in self.plan.classes:
            above = self._names.get(room.parent, "") if room.parent else ""
            self._names[room.key] = f"{above}{room.name}" if room.parent else ""

    def of(self, class_key: str) -> str:
        """Return a class of the file as people say it, nothing where the file names none."""
        return self._names.get(class_key, "")

    def planned(self, pupil: PlannedPupil) -> str:
        """Return where a child of the file sits."""
        return self.of(pupil.class_key)

    def present_class(self, class_id: UUID | None) -> str | None:
        """Return a class of the roster as people say it."""
        return self.present.tree.path(class_id)

    def free_groups(self, group_ids: tuple[UUID, ...]) -> Mapping[UUID, str]:
        """Return those of a child's groups that are no classes, with their names."""
        nodes = (self.present.tree.nodes.get(group_id) for group_id in group_ids)
        return {node.id: node.name for node in nodes if node and node.kind == GroupKind.FREE}
