"""Whom an urgent message would reach now, by class and child, before anything is sent (DIR-9)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from directory.actions.snapshots import EVERY_WAY, gather_people, list_unreachable
from directory.domain.audience import Audience
from directory.domain.errors import NoSuch, OutsideScope
from directory.domain.scope import Actor
from directory.domain.tree import Tree
from directory.store import groups as group_store
from directory.store.class_reach import count_by_class
from directory.store.snapshots import list_unreached_pupils


def list_unreachable_pupils(
    session: Session, actor: Actor, group_id: UUID | None = None
) -> list[dict[str, str]]:
    """Return the pupils of the actor's scope whom no urgent message would reach, with the reason.

    `group_id`: only those of this group and what is below it; raise NotFound, NotAllowed for it.
    The home page asks this again and again: the database finds the few, and only they are looked at
    one by one.
    """
    tree = group_store.load_tree(session, actor.school_id)
    groups = _groups_of(actor, tree)
    if group_id is not None:
        groups = _check_group(tree, groups, group_id)
    found = list_unreached_pupils(session, actor.school_id, groups)
    if not found:
        return []
    audience = Audience(member_ids=tuple(found))
    people = gather_people(session, actor.school_id, tree, audience)
    return list_unreachable(people, EVERY_WAY)


def count_reach(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """Return by class, in the order of the tree, how many pupils of the actor's scope there are,
    are registered, and would be missed by an urgent message; those without a class come last.
    """
    tree = group_store.load_tree(session, actor.school_id)
    counted = count_by_class(session, actor.school_id, _groups_of(actor, tree))
    ranks = tree.ranks()
    last = len(ranks)
    counted.sort(key=lambda each: ranks.get(each.class_id, last) if each.class_id else last)
    return [
        {
            "class_id": each.class_id,
            "heads": each.heads,
            "registered": each.registered,
            "unreachable": each.heads - each.reached,
        }
        for each in counted
    ]


def _groups_of(actor: Actor, tree: Tree) -> frozenset[UUID]:
    inside = actor.scope.groups(tree)
    return tree.spread(tree.nodes if inside is None else inside)


def _check_group(tree: Tree, inside: frozenset[UUID], group_id: UUID) -> frozenset[UUID]:
    if group_id not in tree.nodes:
        raise NoSuch("group")
    if group_id not in inside:
        raise OutsideScope()
    return tree.spread([group_id])
