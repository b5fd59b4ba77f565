"""Who is in which group, changed from both sides (DIR-5).

A change names who comes and who goes, never a whole list: two people at work at once lose nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import GROUP_FILLED, MEMBER_CHANGED
from directory.actions.groups import check_fits, check_members_in_scope
from directory.actions.places import check_class
from directory.domain.errors import InvalidField, NoSuch, OutsideScope
from directory.domain.scope import Actor
from directory.domain.tree import Tree
from directory.domain.words import GroupKind, MemberKind, MembershipKind
from directory.events import record_operation
from directory.store import groups as store
from directory.store import members as member_store
from directory.store.models import Group

ENROLLED = MembershipKind.ENROLLED
JOINED = MembershipKind.JOINED


@dataclass(frozen=True, slots=True)
class Filling:
    """Who comes into a group, enrolled or joined, and who of those who joined it goes."""

    add: frozenset[UUID]
    remove: frozenset[UUID]
    kind: MembershipKind


def change_members_of(
    session: Session, actor: Actor, group_id: UUID, filling: Filling
) -> dict[str, int]:
    """Take people into a group and out of it; return how many came and how many went.

    Who is enrolled here leaves the class of before. Out of a class one is enrolled in leads only
    the way into another: nobody shall be without a class by mistake. Raise Invalid `number_taken`
    where two of the class would have one 出席番号.
    """
    school_id = actor.school_id
    store.lock_root(session, school_id)
    group = store.get_group(session, school_id, group_id)
    tree = store.load_tree(session, school_id)
    _check_reach(actor, tree, {group_id})
    _check_takes_people(tree, group_id)
    _check_people(session, actor, tree, group, filling)
    here = store.list_members_in(session, school_id, group_id)
    going = filling.remove & set(here)
    _check_keep_a_class(here[member_id] for member_id in going)
    coming = set()
    for member_id in filling.add:
        if _is_news(here.get(member_id), filling.kind):
            coming.add(member_id)
    store.remove_memberships(session, school_id, going, [group_id])
    _enter(session, school_id, group, coming, filling.kind)
    if filling.kind == ENROLLED:
        check_class(session, school_id, group_id, coming)
    counts = {
        "added": len(coming),
        "removed": len(going),
    }
    if coming or going:
        record_operation(session, actor, GROUP_FILLED, ("group", group_id), **counts)
    return counts


def _check_people(
    session: Session, actor: Actor, tree: Tree, group: Group, filling: Filling
) -> None:
    people = member_store.find_members(session, actor.school_id, filling.add)
    if len(people) < len(filling.add):
        raise NoSuch("member")
    group_kind = GroupKind(group.kind)
    for person in people:
        member_kind = MemberKind(person.member.kind)
        check_fits(member_kind, group_kind, filling.kind)
    check_members_in_scope(session, actor, tree, filling.add)
    if filling.kind == ENROLLED:
        classes = {person.class_id for person in people if person.class_id}
        _check_reach(actor, tree, classes)


def _is_news(here: str | None, wanted: MembershipKind) -> bool:
    """Return whether somebody comes; who is enrolled in a class does not join it besides."""
    return here != wanted.value and here != ENROLLED.value


def _enter(
    session: Session, school_id: UUID, group: Group, coming: set[UUID], kind: MembershipKind
) -> None:
    if kind == ENROLLED:
        store.remove_memberships(session, school_id, coming, [group.id])
        store.leave_class(session, school_id, coming, group.fiscal_year)
    store.add_memberships(session, school_id, group, sorted(coming), kind)


@dataclass(frozen=True, slots=True)
class Moves:
    """A person's class, if it changes, and the groups that are joined and left."""

    class_id: UUID | None
    join: frozenset[UUID]
    leave: frozenset[UUID]


def change_groups_of(session: Session, actor: Actor, member_id: UUID, moves: Moves) -> None:
    """Enrol a person in another class, and let them join and leave groups.

    Raise Invalid `number_taken` where somebody of that class has the 出席番号.
    """
    school_id = actor.school_id
    store.lock_root(session, school_id)
    person = member_store.get_member(session, school_id, member_id)
    tree = store.load_tree(session, school_id)
    check_members_in_scope(session, actor, tree, {member_id})
    memberships = store.list_groups_of(session, school_id, tree, [member_id])
    here = {group_id: kind for _, group_id, kind in memberships}
    wanted = dict.fromkeys(moves.join, JOINED)
    if moves.class_id is not None:
        wanted[moves.class_id] = ENROLLED
    _check_moves(actor, tree, MemberKind(person.member.kind), wanted)
    left = moves.leave & set(here)
    _check_reach(actor, tree, left)
    _check_keep_a_class(here[group_id] for group_id in left)
    is_moved = moves.class_id not in (None, person.class_id)
    if is_moved and person.class_id is not None:
        _check_reach(actor, tree, {person.class_id})
    _check_stays_in_reach(actor, tree, (set(here) | set(wanted)) - left)
    store.remove_memberships(session, school_id, [member_id], left)
    entered = []
    for group_id, kind in wanted.items():
        if _is_news(here.get(group_id), kind):
            group = store.get_group(session, school_id, group_id)
            _enter(session, school_id, group, {member_id}, kind)
            entered.append(kind)
    if is_moved and moves.class_id is not None:
        check_class(session, school_id, moves.class_id, {member_id})
    changed = _fields_of(entered, has_left=bool(left))
    if changed:
        record_operation(session, actor, MEMBER_CHANGED, ("member", member_id), fields=changed)


def _check_moves(
    actor: Actor, tree: Tree, member: MemberKind, wanted: dict[UUID, MembershipKind]
) -> None:
    for group_id, kind in wanted.items():
        node = tree.nodes.get(group_id)
        if node is None:
            raise NoSuch("group")
        _check_takes_people(tree, group_id)
        check_fits(member, node.kind, kind)
    _check_reach(actor, tree, set(wanted))


def _fields_of(entered: list[MembershipKind], *, has_left: bool) -> list[str]:
    changed = []
    if ENROLLED in entered:
        changed.append("class_id")
    if JOINED in entered or has_left:
        changed.append("group_ids")
    return changed


def _check_takes_people(tree: Tree, group_id: UUID) -> None:
    if tree.nodes[group_id].is_root:
        raise InvalidField(
            "group_id",
            "class_missing",
            "People are in classes and groups, not in the whole school.",
        )


def _check_keep_a_class(kinds: Iterable[str]) -> None:
    enrolled = sum(kind == ENROLLED.value for kind in kinds)
    if enrolled:
        raise InvalidField(
            "remove",
            "class_needed",
            "A pupil leaves a class by being enrolled in another.",
            count=enrolled,
        )


def _check_reach(actor: Actor, tree: Tree, group_ids: Iterable[UUID]) -> None:
    if not actor.scope.holds(tree, group_ids):
        raise OutsideScope()


def _check_stays_in_reach(actor: Actor, tree: Tree, group_ids: set[UUID]) -> None:
    """Raise NotAllowed where somebody would be lost from the sight of who moves them."""
    inside = actor.scope.groups(tree)
    if inside is not None and inside.isdisjoint(group_ids):
        raise OutsideScope()
