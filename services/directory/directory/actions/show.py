"""What the roster shows to whom (DIR-4, DIR-11).

Groups with heads, lists of people, one person with family.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey, SealedPlace
from common.db.types import as_dict
from common.words import Channel
from directory.actions.groups import check_members_in_scope, members_in_scope
from directory.domain.health import DEAD
from directory.domain.people import mask_address, version_of
from directory.domain.protection import Protection
from directory.domain.scope import Actor, Scope
from directory.domain.tree import Node, Tree
from directory.domain.words import ContactState
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import members as store
from directory.store.families import Standing
from directory.store.members import EnrolledMember
from directory.store.models import ContactPoint


@dataclass(frozen=True, slots=True)
class GroupScopes:
    """The groups that a caller may see, send to, and change."""

    visible: Scope
    sendable: Scope
    changeable: Scope


def list_groups(session: Session, school_id: UUID, scopes: GroupScopes) -> list[dict[str, Any]]:
    """Return the groups of a school that are in the caller's scope, in the order of the tree."""
    return _list_groups_of(session, school_id, group_store.load_tree(session, school_id), scopes)


def list_reach(
    session: Session, school_id: UUID, scopes: GroupScopes, today: date
) -> list[dict[str, Any]]:
    """Return the groups to which messages may go; in April last year's classes are among them."""
    tree = group_store.load_reach(session, school_id, today)
    return _list_groups_of(session, school_id, tree, scopes)


def list_former(session: Session, school_id: UUID) -> list[dict[str, Any]]:
    """Return the classes of other years by name, for what was sent to them."""
    tree = group_store.load_former(session, school_id)
    classes = [node for node in tree.nodes.values() if not node.is_root]
    return [{"id": node.id, "path": node.path} for node in classes]


def _list_groups_of(
    session: Session, school_id: UUID, tree: Tree, scopes: GroupScopes
) -> list[dict[str, Any]]:
    heads = group_store.count_heads(session, school_id, tree)
    seen = scopes.visible.groups(tree)
    may_send = scopes.sendable.groups(tree)
    may_change = scopes.changeable.groups(tree)
    former = tree.older_classes()
    groups = []
    for node in tree.nodes.values():
        if seen is None or node.id in seen:
            group = describe_group(node, heads)
            group["former"] = node.id in former
            group["sendable"] = may_send is None or node.id in may_send
            group["changeable"] = may_change is None or node.id in may_change
            groups.append(group)
    return groups


def name_groups(session: Session, school_id: UUID, scopes: GroupScopes) -> list[dict[str, Any]]:
    """Return the names of the groups that are in the caller's scope, in the order of the tree."""
    tree = group_store.load_tree(session, school_id)
    seen = scopes.visible.groups(tree)
    may_change = scopes.changeable.groups(tree)
    named = []
    for node in tree.nodes.values():
        if seen is None or node.id in seen:
            named.append(
                {
                    "id": node.id,
                    "kind": node.kind.value,
                    "path": node.path,
                    "changeable": may_change is None or node.id in may_change,
                }
            )
    return named


def look_up_members(
    session: Session, actor: Actor, member_ids: Sequence[UUID], *, with_deleted: bool = False
) -> list[dict[str, Any]]:
    """Return names and classes of people by their ids, in their order.

    Who is not this school's or not in scope is left out; who was deleted too, unless asked for.
    """
    tree = group_store.load_tree(session, actor.school_id)
    seen = members_in_scope(session, actor, tree, member_ids)
    asked = [member_id for member_id in dict.fromkeys(member_ids) if member_id in seen]
    found = store.find_members(session, actor.school_id, asked, with_deleted=with_deleted)
    return _in_order(found, asked, tree)


def show_member(
    session: Session, actor: Actor, member_id: UUID, key: SchoolKey, *, sees_protected: bool
) -> dict[str, Any]:
    """Return one person with groups, guardians, contact points (masked), brothers and sisters.

    Of a protected guardian, only the mark is shown to who may not see protected families; a
    protected child is nobody's sister.
    """
    row = store.get_member(session, actor.school_id, member_id)
    tree = group_store.load_tree(session, actor.school_id)
    check_members_in_scope(session, actor, tree, {member_id})
    family = family_store.list_guardians(session, actor.school_id, member_id)
    protection = family_store.load_protection(session, actor.school_id)
    hidden = protection.hidden_from(sees_protected=sees_protected)
    open_family = [guardian.id for guardian, _ in family if guardian.id not in hidden.guardians]
    owners = open_family if family else [member_id]
    points: dict[UUID, list[dict[str, Any]]] = {}
    for point in family_store.list_points(session, actor.school_id, owners):
        owner = point.guardian_id or member_id
        points.setdefault(owner, []).append(describe_point(point, key))
    sibling_ids = _list_siblings(session, actor.school_id, member_id, open_family, hidden)
    found = store.find_members(session, actor.school_id, sibling_ids)
    siblings = _in_order(found, sibling_ids, tree)
    memberships = group_store.list_groups_of(session, actor.school_id, tree, [member_id])
    return {
        **describe_member(row, tree),
        "formal_name": row.member.formal_name,
        "management_number": row.member.management_number,
        "birth_date": row.member.birth_date,
        "note": row.member.note,
        "status_since": row.member.status_since,
        "planned_status": row.member.planned_status,
        "planned_since": row.member.planned_since,
        **channels_of(session, actor.school_id, [member_id])[member_id],
        "groups": _describe_memberships(memberships, tree),
        "guardians": [
            {
                "id": guardian.id,
                "label": link.label,
                "protected": guardian.id in protection.guardians,
                "name": guardian.name if guardian.id in open_family else None,
                "language": guardian.language,
                "contact_points": points.get(guardian.id, []),
            }
            for guardian, link in family
        ],
        "contact_points": points.get(member_id, []),
        "siblings": siblings,
        "version": version_of(as_dict(row.member), row.class_id),
    }


def _in_order(
    found: Iterable[EnrolledMember], member_ids: Sequence[UUID], tree: Tree
) -> list[dict[str, Any]]:
    """Describe people in the order of these ids; who was not found is left out."""
    rows = {row.member.id: row for row in found}
    return [describe_member(rows[member_id], tree) for member_id in member_ids if member_id in rows]


def _describe_memberships(
    memberships: Iterable[tuple[UUID, UUID, str]], tree: Tree
) -> list[dict[str, Any]]:
    """Say in which groups somebody is, in the order of the tree."""
    places = list(tree.nodes)
    in_order = sorted(memberships, key=lambda membership: places.index(membership[1]))
    return [
        {
            "id": group_id,
            "name": tree.nodes[group_id].path,
            "kind": tree.nodes[group_id].kind,
            "membership": kind,
        }
        for _, group_id, kind in in_order
    ]


def _list_siblings(
    session: Session,
    school_id: UUID,
    member_id: UUID,
    guardian_ids: Sequence[UUID],
    hidden: Protection,
) -> list[UUID]:
    if member_id in hidden.children:
        return []
    children = family_store.list_children(session, school_id, guardian_ids)
    others = [child.id for child in children if child.id != member_id]
    return [child_id for child_id in others if child_id not in hidden.children]


def describe_member(row: EnrolledMember, tree: Tree) -> dict[str, Any]:
    """Return who somebody is: name, reading, class and number."""
    member = row.member
    return {
        "id": member.id,
        "kind": member.kind,
        "display_name": member.display_name,
        "kana": member.kana,
        "status": member.status,
        "class_id": row.class_id,
        "class_name": tree.path(row.class_id),
        "number": member.number,
        "deleted": member.deleted_at is not None,
    }


def describe_group(node: Node, heads: Mapping[UUID, int]) -> dict[str, Any]:
    return {
        "id": node.id,
        "kind": node.kind.value,
        "name": node.name,
        "parent_id": node.parent_id,
        "position": node.position,
        "version": node.version,
        "depth": node.depth,
        "path": node.path,
        "heads": heads[node.id],
    }


def describe_point(point: ContactPoint, key: SchoolKey) -> dict[str, Any]:
    """Return how a contact point stands; of a mail address as much as its owner knows it by."""
    hint = None
    if point.kind == Channel.MAIL.value:
        address = key.decrypt(point.address, SealedPlace("contact_points", "address", point.id))
        hint = mask_address(address)
    return {
        "id": point.id,
        "kind": point.kind,
        "state": point.state,
        "hint": hint,
        "health": point.health,
        "proved_at": point.proved_at,
        "last_proved_at": point.last_proved_at or point.proved_at,
    }


def channels_of(
    session: Session, school_id: UUID, member_ids: Sequence[UUID]
) -> dict[UUID, dict[str, dict[str, int]]]:
    """Return how many contact points of each kind work, are dead, and are stopped, by member."""
    found = {member_id: _nothing_counted() for member_id in member_ids}
    for point in family_store.list_standings(session, school_id, member_ids):
        found[point.member_id][_column_of(point)][point.kind] += 1
    return found


def _nothing_counted() -> dict[str, dict[str, int]]:
    return {
        "channels": {kind.value: 0 for kind in Channel},
        "dead": {kind.value: 0 for kind in Channel},
        "stopped": {kind.value: 0 for kind in Channel},
    }


def _column_of(point: Standing) -> str:
    if point.health in DEAD:
        return "dead"
    return "stopped" if point.state == ContactState.STOPPED.value else "channels"
