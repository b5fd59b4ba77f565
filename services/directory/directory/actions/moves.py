"""Who comes and who goes (DIR-12).

Lists of moves, the next 出席番号 of a class, and families that a new child may be of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.words import Channel
from directory.actions.families import index_of
from directory.actions.groups import members_in_scope
from directory.actions.show import describe_member
from directory.domain.mail_addresses import find_mail_problem
from directory.domain.names import fold_for_search, tidy_name
from directory.domain.scope import Actor
from directory.domain.tree import Tree
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store import moves as store
from directory.store.members import EnrolledMember
from directory.store.models import Guardian

# What an office looks back at, and ahead to.
SHOWN_DAYS = timedelta(days=30)
# On 1 April a whole year of children comes: enough of them to see that it worked.
SHOWN_MOVES = 100
# 佐藤 has dozens of families in a large school: nobody reads through them.
SHOWN_FAMILIES = 10


def list_moves(session: Session, actor: Actor, today: date) -> dict[str, Any]:
    """Return whose status is planned to change within 30 days, and whose has within the last 30.

    Of the children in the actor's scope. A plan whose day has come and that was refused stands
    among the planned ones. `more`: there are others.
    """
    tree = group_store.load_tree(session, actor.school_id)
    scope = actor.scope.groups(tree)
    # One more than is shown says whether there are others.
    most = SHOWN_MOVES + 1
    ahead = store.Span(today, today + SHOWN_DAYS, most, scope)
    behind = store.Span(today - SHOWN_DAYS, today, most, scope)
    planned = store.list_planned(session, actor.school_id, ahead)
    done = store.list_changed(session, actor.school_id, behind)
    return {
        "planned": _describe(planned, tree),
        "done": _describe(done, tree),
        "more_planned": len(planned) > SHOWN_MOVES,
        "more_done": len(done) > SHOWN_MOVES,
    }


def _describe(rows: Sequence[EnrolledMember], tree: Tree) -> list[dict[str, Any]]:
    items = []
    for row in rows[:SHOWN_MOVES]:
        member = row.member
        items.append(
            {
                **describe_member(row, tree),
                "status_since": member.status_since,
                "planned_status": member.planned_status,
                "planned_since": member.planned_since,
            }
        )
    return items


def list_next_numbers(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """Return the 出席番号 behind the last one of each class in the actor's scope."""
    tree = group_store.load_tree(session, actor.school_id)
    scope = actor.scope.groups(tree)
    last = member_store.last_numbers(session, actor.school_id)
    numbers = []
    for class_id in tree.classes():
        if scope is None or class_id in scope:
            numbers.append({"group_id": class_id, "number": last.get(class_id, 0) + 1})
    return numbers


@dataclass(frozen=True, slots=True)
class NewChild:
    """A child that is about to be registered: its name, and its guardians' mail addresses."""

    display_name: str
    mails: Sequence[str]


def find_families(
    session: Session, actor: Actor, child: NewChild, key: SchoolKey, *, sees_protected: bool
) -> list[dict[str, Any]]:
    """Return guardians who may be the new child's too: by an address, or by the family name.

    Those of an address come first. With their children in the actor's scope; a protected family is
    shown to nobody who may not see it.
    """
    school_id = actor.school_id
    owners = _find_by_mail(session, school_id, child.mails, key)
    by_mail = [owner for owner, _ in owners]
    children = _find_by_name(session, school_id, child.display_name)
    by_name = family_store.list_guardians_of(session, school_id, children)
    mails: dict[UUID, list[str]] = {}
    for owner, mail in owners:
        mails.setdefault(owner.id, []).append(mail)
    guardians = [*by_mail, *by_name]
    described = describe_guardians(session, actor, guardians, sees_protected=sees_protected)
    return [{**each, "mails": mails.get(each["guardian_id"], [])} for each in described]


def describe_guardians(
    session: Session, actor: Actor, guardians: Sequence[Guardian], *, sees_protected: bool
) -> list[dict[str, Any]]:
    """Return the first of these guardians, each once, with their children in the actor's scope.

    Who has none there is left out, and who is of a family that the actor must not see.
    """
    school_id = actor.school_id
    found = {guardian.id: guardian for guardian in guardians}
    protection = family_store.load_protection(session, school_id)
    hidden = protection.hidden_from(sees_protected=sees_protected)
    known = family_store.list_children_of(session, school_id, list(found))
    everybody = {member_id for member_ids in known.values() for member_id in member_ids}
    tree = group_store.load_tree(session, school_id)
    # A protected child is nobody's sister.
    seen = members_in_scope(session, actor, tree, everybody - hidden.children)
    seated = member_store.find_members(session, school_id, seen)
    people = {row.member.id: describe_member(row, tree) for row in seated}
    labels = family_store.list_labels(session, school_id, list(found))
    items = []
    for guardian in found.values():
        own = [people[child_id] for child_id in known.get(guardian.id, ()) if child_id in people]
        if own and guardian.id not in hidden.guardians:
            described = {
                "guardian_id": guardian.id,
                "name": guardian.name,
                "label": labels.get(guardian.id, ""),
                "children": own,
            }
            items.append(described)
    return items[:SHOWN_FAMILIES]


def _find_by_mail(
    session: Session, school_id: UUID, mails: Sequence[str], key: SchoolKey
) -> list[tuple[Guardian, str]]:
    """Return (guardian, address) of those addresses that somebody has."""
    readable = [mail for mail in mails if not find_mail_problem(mail)]
    typed = {index_of(key, Channel.MAIL, mail): mail for mail in readable}
    owners = family_store.find_guardian_by_index(session, school_id, typed)
    return [(guardian, typed[index]) for index, guardian in owners]


def _find_by_name(session: Session, school_id: UUID, display_name: str) -> list[UUID]:
    """Return the pupils of the same family name; none where it can't be told from the name."""
    family_name, space, _ = tidy_name(display_name).partition(" ")
    if not space:
        return []
    folded = fold_for_search(family_name)
    pupils = store.list_like(session, school_id, folded)
    same = []
    for member_id, name in pupils:
        other, _, _ = name.partition(" ")
        if fold_for_search(other) == folded:
            same.append(member_id)
    return same
