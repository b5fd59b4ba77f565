"""The class tree and the groups: make, change, put in order, delete (DIR-4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.errors import ChangedMeanwhile
from common.operations import GROUP_CHANGED, GROUP_CREATED, GROUP_DELETED, GROUP_RESTORED
from directory.domain.errors import (
    GroupAboveGone,
    GroupInUse,
    InvalidField,
    NoSuch,
    OutsideScope,
)
from directory.domain.people import MAX_LABEL_GRAPHEMES, check_text
from directory.domain.scope import Actor
from directory.domain.tree import MAX_DEPTH, WHOLE_SCHOOL, Node, Tree
from directory.domain.words import GroupKind, MemberKind, MembershipKind
from directory.events import record_operation
from directory.store import groups as store
from directory.store.models import Group

KEPT_AFTER_DELETION = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """A group to be made; it stands behind its sister `after_id`, or behind all of them."""

    kind: GroupKind
    name: str
    parent_id: UUID | None = None
    after_id: UUID | None = None


def create_group(session: Session, actor: Actor, draft: GroupDraft, *, today: date) -> UUID:
    """Make a group and return its id.

    A class without a parent stands below the root 「全校」, which is made with the first class.
    """
    store.lock_root(session, actor.school_id)
    tree = store.load_tree(session, actor.school_id)
    _check_scope(actor, tree, draft.parent_id)
    name = check_text("name", draft.name, MAX_LABEL_GRAPHEMES)
    year = tree.fiscal_year(clock.fiscal_year(today))
    parent_id = draft.parent_id
    if draft.kind == GroupKind.CLASS and parent_id is None:
        parent_id = _root_of(session, actor, tree, year)
    else:
        _check_parent(tree, draft.kind, parent_id, height=1)
    sisters = tree.sisters(draft.kind, parent_id)
    group = Group(
        id=uuid4(),
        school_id=actor.school_id,
        kind=draft.kind.value,
        name=name,
        parent_id=parent_id,
        position=len(sisters) + 1,
        fiscal_year=year,
    )
    store.add_group(session, group)
    place = _place_behind(sisters, draft.after_id)
    store.set_order(session, [*sisters[:place], group.id, *sisters[place:]])
    record_operation(session, actor, GROUP_CREATED, ("group", group.id))
    return group.id


def _root_of(session: Session, actor: Actor, tree: Tree, year: int) -> UUID:
    if tree.root:
        return tree.root.id
    root = Group(
        id=uuid4(),
        school_id=actor.school_id,
        kind=GroupKind.CLASS.value,
        name=WHOLE_SCHOOL,
        parent_id=None,
        position=1,
        fiscal_year=year,
    )
    store.add_group(session, root)
    return root.id


def _place_behind(sisters: list[UUID], after_id: UUID | None) -> int:
    if after_id is None:
        return len(sisters)
    if after_id not in sisters:
        raise NoSuch("group")
    return sisters.index(after_id) + 1


def change_group(
    session: Session, actor: Actor, group_id: UUID, wanted: Mapping[str, Any], version: int
) -> None:
    """Change a group's name or parent; below a new parent it stands behind all others.

    `version`: of the group as it was on the screen; raise ChangedMeanwhile where it is another.
    What is as it was is no change, and stands in no log.
    """
    store.lock_root(session, actor.school_id)
    group = store.get_group(session, actor.school_id, group_id)
    tree = store.load_tree(session, actor.school_id)
    _check_scope(actor, tree, group_id)
    if group.version != version:
        raise ChangedMeanwhile()
    changed = []
    if "name" in wanted:
        name = check_text("name", wanted["name"], MAX_LABEL_GRAPHEMES)
        if name != group.name:
            changed.append("name")
            group.name = name
    parent_id = wanted.get("parent_id", group.parent_id)
    if parent_id != group.parent_id:
        changed.append("parent_id")
        _move(actor, tree, group, parent_id)
    if not changed:
        return
    group.version += 1
    record_operation(session, actor, GROUP_CHANGED, ("group", group_id), fields=changed)


def _move(actor: Actor, tree: Tree, group: Group, parent_id: UUID | None) -> None:
    kind = GroupKind(group.kind)
    is_root = tree.nodes[group.id].is_root
    would_be_root = kind == GroupKind.CLASS and parent_id is None
    if is_root or would_be_root:
        raise InvalidField(
            "parent_id", "root_stays", "The root of the class tree stays where it is."
        )
    if parent_id is not None and parent_id in tree.below(group.id):
        raise InvalidField("parent_id", "parent_below", "A group can't come below itself.")
    _check_scope(actor, tree, group.parent_id)
    _check_scope(actor, tree, parent_id)
    _check_parent(tree, kind, parent_id, tree.height(group.id))
    group.parent_id = parent_id
    last = [tree.nodes[sister].position for sister in tree.sisters(kind, parent_id)]
    group.position = max(last, default=0) + 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a group stands among its sisters."""

    is_first: bool
    is_last: bool


def move_group(session: Session, actor: Actor, group_id: UUID, *, up: bool) -> Place:
    """Let a group change places with the sister before it, or with the one behind it.

    At the end of the row nothing changes.
    """
    store.lock_root(session, actor.school_id)
    tree = store.load_tree(session, actor.school_id)
    node = _node_in(tree, group_id)
    _check_scope(actor, tree, node.parent_id)
    order = tree.sisters(node.kind, node.parent_id)
    before = order.index(group_id)
    after = before - 1 if up else before + 1
    has_neighbour = 0 <= after < len(order)
    if has_neighbour:
        order.remove(group_id)
        order.insert(after, group_id)
        store.set_order(session, order)
        record_operation(session, actor, GROUP_CHANGED, ("group", group_id), fields=["position"])
    is_first = order[0] == group_id
    is_last = order[-1] == group_id
    return Place(is_first, is_last)


def show_deletion(session: Session, actor: Actor, group_id: UUID) -> dict[str, Any]:
    """Return what a group's deletion would take along, and how many pupils stand in its way."""
    tree = store.load_tree(session, actor.school_id)
    node = _node_in(tree, group_id)
    _check_deletable(actor, tree, node)
    return _describe_deletion(session, actor, tree, node)


def _describe_deletion(session: Session, actor: Actor, tree: Tree, node: Node) -> dict[str, Any]:
    taken = list(tree.below(node.id))
    people = store.count_present(session, actor.school_id, taken)
    return {
        "id": node.id,
        "kind": node.kind.value,
        "path": node.path,
        "below": [tree.nodes[each].path for each in taken if each != node.id],
        "enrolled": people.get(MembershipKind.ENROLLED, 0),
        "joined": people.get(MembershipKind.JOINED, 0),
    }


def delete_group(session: Session, actor: Actor, group_id: UUID, *, now: datetime) -> None:
    """Delete a group with what is below it, to be brought back for 30 days.

    Who joined it is in it no more; raise Refused where pupils are enrolled in it.
    """
    store.lock_root(session, actor.school_id)
    tree = store.load_tree(session, actor.school_id)
    node = _node_in(tree, group_id)
    _check_deletable(actor, tree, node)
    deletion = _describe_deletion(session, actor, tree, node)
    if deletion["enrolled"]:
        raise GroupInUse(deletion["enrolled"])
    store.mark_deleted(session, actor.school_id, list(tree.below(group_id)), now)
    record_operation(
        session,
        actor,
        GROUP_DELETED,
        ("group", group_id),
        below=len(deletion["below"]),
        removed=deletion["joined"],
    )


def _check_deletable(actor: Actor, tree: Tree, node: Node) -> None:
    _check_scope(actor, tree, node.parent_id)
    if node.is_root:
        raise InvalidField("group_id", "root_stays", "The root of the class tree stays.")


def list_deleted(session: Session, actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """Return the groups that can be brought back; what went with one above it is left out."""
    tree = store.load_tree(session, actor.school_id)
    deleted = store.list_deleted(session, actor.school_id, now - KEPT_AFTER_DELETION)
    went = {group.id: group.deleted_at for group in deleted}
    items = []
    for group in deleted:
        went_along = group.parent_id in went and went[group.parent_id] == group.deleted_at
        if went_along or not _is_in_reach(actor, tree, group.parent_id):
            continue
        above = tree.nodes.get(group.parent_id) if group.parent_id else None
        before = above.path if above and not above.is_root else ""
        items.append(
            {
                "id": group.id,
                "kind": group.kind,
                "path": f"{before}{group.name}",
                "deleted_at": group.deleted_at,
            }
        )
    return items


def restore_group(session: Session, actor: Actor, group_id: UUID, *, now: datetime) -> None:
    """Bring a deleted group back, with its people and with what went with it.

    Raise NotFound after 30 days, Refused where what it stood below is not there any more.
    """
    store.lock_root(session, actor.school_id)
    deleted = store.list_deleted(session, actor.school_id, now - KEPT_AFTER_DELETION)
    group = next((each for each in deleted if each.id == group_id), None)
    if group is None:
        raise NoSuch("group")
    tree = store.load_tree(session, actor.school_id)
    if not _is_in_reach(actor, tree, group.parent_id):
        raise OutsideScope()
    if group.parent_id is not None and group.parent_id not in tree.nodes:
        raise GroupAboveGone()
    went_along = [each for each in deleted if each.deleted_at == group.deleted_at]
    for each in _with_what_is_below(group, went_along):
        each.deleted_at = None
    session.flush()
    after = store.load_tree(session, actor.school_id)
    _check_depth(after)
    record_operation(session, actor, GROUP_RESTORED, ("group", group_id))


def _with_what_is_below(top: Group, others: Iterable[Group]) -> list[Group]:
    children: dict[UUID | None, list[Group]] = {}
    for each in others:
        children.setdefault(each.parent_id, []).append(each)
    found = [top]
    for each in found:
        found += children.get(each.id, ())
    return found


def erase_deleted_groups(session: Session, *, now: datetime) -> None:
    """Erase for good what was deleted more than 30 days ago."""
    store.erase_deleted(session, now - KEPT_AFTER_DELETION)


def check_fits(member: MemberKind, group: GroupKind, kind: MembershipKind) -> None:
    """Raise Invalid unless this kind of person may be in this kind of group in this way."""
    is_staff = member == MemberKind.STAFF
    is_for_staff = group == GroupKind.STAFF
    if is_staff != is_for_staff:
        raise InvalidField(
            "member_ids",
            "kind_differs",
            "Pupils go into classes and groups, staff into staff groups.",
        )
    if kind == MembershipKind.ENROLLED and group != GroupKind.CLASS:
        raise InvalidField(
            "kind", "enrolled_in_class_only", "A pupil is enrolled in a class; groups are joined."
        )


def check_members_in_scope(
    session: Session, actor: Actor, tree: Tree, member_ids: Collection[UUID]
) -> None:
    """Raise NotAllowed unless each of these people is in a group of the actor's scope."""
    if set(member_ids) - members_in_scope(session, actor, tree, member_ids):
        raise OutsideScope()


def members_in_scope(
    session: Session, actor: Actor, tree: Tree, member_ids: Collection[UUID]
) -> set[UUID]:
    """Return those of these people who are in a group of the actor's scope.

    All of them where it has no limit.
    """
    inside = actor.scope.groups(tree)
    if inside is None:
        return set(member_ids)
    memberships = store.list_groups_of(session, actor.school_id, tree, member_ids)
    return {member_id for member_id, group_id, _ in memberships if group_id in inside}


def _node_in(tree: Tree, group_id: UUID) -> Node:
    node = tree.nodes.get(group_id)
    if node is None:
        raise NoSuch("group")
    return node


def _is_in_reach(actor: Actor, tree: Tree, group_id: UUID | None) -> bool:
    """Return whether the actor may change what stands below a group; None: the top."""
    inside = actor.scope.groups(tree)
    return inside is None or group_id in inside


def _check_scope(actor: Actor, tree: Tree, group_id: UUID | None) -> None:
    if not _is_in_reach(actor, tree, group_id):
        if group_id is not None:
            _node_in(tree, group_id)
        raise OutsideScope()


def _check_parent(tree: Tree, kind: GroupKind, parent_id: UUID | None, height: int) -> None:
    if parent_id is None:
        return
    parent = _node_in(tree, parent_id)
    if parent.kind != kind:
        raise InvalidField("parent_id", "kind_differs", "A group and its parent are of one kind.")
    if parent.depth + height > MAX_DEPTH:
        raise _too_deep()


def _check_depth(tree: Tree) -> None:
    if any(node.depth > MAX_DEPTH for node in tree.nodes.values()):
        raise _too_deep()


def _too_deep() -> InvalidField:
    return InvalidField(
        "parent_id",
        "too_deep",
        f"The tree is at most {MAX_DEPTH} levels deep.",
        limit=MAX_DEPTH,
    )
