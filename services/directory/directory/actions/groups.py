"""The class tree and the groups: make, change, fill (DIR-4, DIR-5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.errors import Refused
from common.operations import GROUP_CHANGED, GROUP_CREATED, GROUP_FILLED
from directory.domain.errors import InvalidField, NoSuch, OutsideScope
from directory.domain.people import MAX_LABEL_GRAPHEMES, check_text
from directory.domain.scope import Actor
from directory.domain.tree import MAX_DEPTH, Tree
from directory.domain.words import GroupKind, MemberKind, MembershipKind
from directory.events import record_operation
from directory.store import groups as store
from directory.store import members as member_store
from directory.store.models import Group


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """A group to be made; without a position it stands behind the others."""

    kind: GroupKind
    name: str
    parent_id: UUID | None = None
    position: int | None = None


def create_group(session: Session, actor: Actor, draft: GroupDraft, *, today: date) -> UUID:
    """Make a group and return its id.

    The first class without a parent is the root 「全校」; there is one only.
    """
    parent_id = draft.parent_id
    school_id = actor.school_id
    tree = store.load_tree(session, school_id)
    _check_scope(actor, tree, parent_id)
    _check_parent(tree, draft.kind, parent_id, height=1)
    is_root = draft.kind == GroupKind.CLASS and parent_id is None
    if is_root and tree.root:
        raise Refused("root_exists", "The class tree has a root already; name a parent.")
    year = tree.nodes[parent_id].fiscal_year if parent_id else clock.fiscal_year(today)
    name = check_text("name", draft.name, MAX_LABEL_GRAPHEMES)
    kind = draft.kind.value
    position = draft.position
    if not position:
        position = store.next_position(session, school_id, parent_id, kind)
    group = Group(
        id=uuid4(),
        school_id=school_id,
        kind=kind,
        name=name,
        parent_id=parent_id,
        position=position,
        fiscal_year=year,
    )
    session.add(group)
    session.flush()
    record_operation(
        session,
        actor,
        GROUP_CREATED,
        ("group", group.id),
    )
    return group.id


def change_group(session: Session, actor: Actor, group_id: UUID, wanted: Mapping[str, Any]) -> None:
    """Change a group's name, place in the order or parent; a group never comes below itself."""
    group = store.get_group(session, actor.school_id, group_id)
    tree = store.load_tree(session, actor.school_id)
    _check_scope(actor, tree, group_id)
    if "name" in wanted:
        group.name = check_text("name", wanted["name"], MAX_LABEL_GRAPHEMES)
    if "position" in wanted:
        group.position = wanted["position"]
    parent_id = wanted.get("parent_id", group.parent_id)
    is_moved = parent_id != group.parent_id
    if is_moved:
        _move(actor, tree, group, parent_id)
    record_operation(
        session,
        actor,
        GROUP_CHANGED,
        ("group", group_id),
        fields=sorted(wanted),
    )


def _move(actor: Actor, tree: Tree, group: Group, parent_id: UUID | None) -> None:
    is_root = tree.nodes[group.id].is_root
    would_be_root = group.kind == "class" and parent_id is None
    if is_root or would_be_root:
        raise InvalidField(
            "parent_id", "root_stays", "The root of the class tree stays where it is."
        )
    if parent_id is not None and parent_id in tree.below(group.id):
        raise InvalidField("parent_id", "parent_below", "A group can't come below itself.")
    _check_scope(actor, tree, parent_id)
    _check_parent(tree, GroupKind(group.kind), parent_id, tree.height(group.id))
    group.parent_id = parent_id


def set_group_members(
    session: Session,
    actor: Actor,
    group_id: UUID,
    member_ids: Collection[UUID],
    kind: MembershipKind,
) -> None:
    """Make exactly these people the enrolled (or joined) members of a group.

    Who is enrolled here leaves the class before.
    """
    school_id = actor.school_id
    group = store.get_group(session, school_id, group_id)
    tree = store.load_tree(session, school_id)
    _check_scope(actor, tree, group_id)
    chosen = set(member_ids)
    people = member_store.find_members(session, school_id, chosen)
    if len(people) < len(chosen):
        raise NoSuch("member")
    group_kind = GroupKind(group.kind)
    for person in people:
        check_fits(MemberKind(person.member.kind), group_kind, kind)
    check_members_in_scope(session, actor, tree, chosen)
    members = store.list_members_in(session, school_id, group_id)
    before = {member_id for member_id, how in members if how == kind.value}
    gone = before - chosen
    new = chosen - before
    store.remove_memberships(session, school_id, gone, group_id=group_id, kind=kind)
    store.remove_memberships(session, school_id, new, group_id=group_id, kind=None)
    if kind == MembershipKind.ENROLLED:
        store.remove_memberships(session, school_id, new, group_id=None, kind=kind)
    store.add_memberships(session, school_id, group, sorted(new), kind)
    record_operation(
        session,
        actor,
        GROUP_FILLED,
        ("group", group_id),
        added=len(new),
        removed=len(gone),
    )


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
    memberships = store.list_groups_of(session, actor.school_id, member_ids)
    return {member_id for member_id, group_id, _ in memberships if group_id in inside}


def _check_scope(actor: Actor, tree: Tree, group_id: UUID | None) -> None:
    inside = actor.scope.groups(tree)
    if inside is not None and group_id not in inside:
        if group_id is not None and group_id not in tree.nodes:
            raise NoSuch("group")
        raise OutsideScope()


def _check_parent(tree: Tree, kind: GroupKind, parent_id: UUID | None, height: int) -> None:
    if parent_id is None:
        return
    parent = tree.nodes.get(parent_id)
    if parent is None:
        raise NoSuch("group")
    if parent.kind != kind:
        raise InvalidField("parent_id", "kind_differs", "A group and its parent are of one kind.")
    if parent.depth + height > MAX_DEPTH:
        raise InvalidField(
            "parent_id",
            "too_deep",
            f"The tree is at most {MAX_DEPTH} levels deep.",
            limit=MAX_DEPTH,
        )
