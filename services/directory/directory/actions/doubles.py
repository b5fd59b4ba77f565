"""Find who of the guardians may be the same person as one of them (DIR-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from directory.actions.groups import check_members_in_scope
from directory.actions.moves import describe_guardians
from directory.domain.errors import NoSuch
from directory.domain.names import fold_for_search
from directory.domain.scope import Actor
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import joining as store
from directory.store.member_lists import MemberFilter, Stretch, list_members
from directory.store.models import Guardian

# As many children as one reads through for a name.
SEARCHED = 50


def list_doubles(
    session: Session, actor: Actor, guardian_id: UUID, query: str, *, sees_protected: bool
) -> dict[str, Any]:
    """Return a guardian, and others who may be the same person.

    Those of the same name or of an address of this one; with a query those of the children whom it
    finds. Raise NotFound for one who is not there, or is of a family that the actor must not see.
    """
    school_id = actor.school_id
    protection = family_store.load_protection(session, school_id)
    hidden = protection.hidden_from(sees_protected=sees_protected)
    guardian = session.get(Guardian, guardian_id)
    is_here = guardian is not None and guardian.school_id == school_id
    if guardian is None or not is_here or guardian_id in hidden.guardians:
        raise NoSuch("guardian")
    tree = group_store.load_tree(session, school_id)
    children = family_store.list_children_of(session, school_id, [guardian_id])
    check_members_in_scope(session, actor, tree, children.get(guardian_id, []))
    is_searched = bool(query.strip())
    found = _of_children(session, actor, query) if is_searched else _like(session, guardian)
    others = [other for other in found if other.id != guardian_id]
    sight = {"sees_protected": sees_protected}
    own = describe_guardians(session, actor, [guardian], **sight)
    if not own:
        raise NoSuch("guardian")
    return {"guardian": own[0], "items": describe_guardians(session, actor, others, **sight)}


def _like(session: Session, guardian: Guardian) -> list[Guardian]:
    """Return guardians of the same address, then those of the same name."""
    school_id = guardian.school_id
    points = family_store.list_points(session, school_id, [guardian.id])
    indexes = [point.address_index for point in points]
    same_address = family_store.find_guardian_by_index(session, school_id, indexes)
    found = [owner for _, owner in same_address]
    if guardian.name:
        folded = fold_for_search(guardian.name)
        named = store.list_named(session, school_id)
        same = [other_id for other_id, name in named if fold_for_search(name) == folded]
        found += family_store.list_by_ids(session, school_id, same)
    return found


def _of_children(session: Session, actor: Actor, query: str) -> list[Guardian]:
    tree = group_store.load_tree(session, actor.school_id)
    wanted = MemberFilter(
        search=fold_for_search(query),
        scope=actor.scope.groups(tree),
        kind="pupil",
    )
    first = Stretch(limit=SEARCHED)
    rows = list_members(session, actor.school_id, tree, wanted, first)
    children = [row.member.id for row in rows]
    return family_store.list_guardians_of(session, actor.school_id, children)
