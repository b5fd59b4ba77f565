"""A whole roster at once.

Rows by table, and whether they hold together before anything is written (DIR-2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from directory.domain.errors import InvalidField
from directory.domain.tree import MAX_DEPTH, Node, Tree
from directory.domain.words import STATUSES, WITHIN_LIMIT, GroupKind, MemberKind, MembershipKind

Rows = Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Roster:
    """Rows with the names of the columns.

    Addresses and numbers still as text, ids given by whoever made the roster.
    """

    groups: Rows = ()
    members: Rows = ()
    guardians: Rows = ()
    guardianships: Rows = ()
    contact_points: Rows = ()
    memberships: Rows = ()
    phone_numbers: Rows = ()

    def counts(self) -> dict[str, int]:
        """Return how many rows of each kind there are."""
        return {name: len(getattr(self, name)) for name in self.__dataclass_fields__}

    def count_within_limit(self) -> int:
        """Return how many of its people count against the contract's limit."""
        return sum(member["status"] in WITHIN_LIMIT for member in self.members)

    def tree(self) -> Tree:
        """Return its groups as a tree."""
        return Tree.of(
            Node(
                g["id"],
                GroupKind(g["kind"]),
                g["name"],
                g["parent_id"],
                g["position"],
                g["fiscal_year"],
            )
            for g in self.groups
        )


def check_roster(roster: Roster) -> None:
    """Raise Invalid unless this is a whole roster.

    All rows refer to rows of it, the tree is a tree, and kinds and statuses fit.
    """
    for part in ("groups", "members", "guardians", "contact_points", "phone_numbers"):
        _check_once(part, (row["id"] for row in getattr(roster, part)))
    tree = roster.tree()
    _check_tree(roster, tree)
    members = {member["id"]: member for member in roster.members}
    for member in roster.members:
        if member["status"] not in STATUSES[MemberKind(member["kind"])]:
            raise InvalidField(
                "members", "status_of_other_kind", "A status does not fit.", id=str(member["id"])
            )
    guardians = {guardian["id"] for guardian in roster.guardians}
    _check_refers("guardianships", "guardian_id", roster.guardianships, guardians)
    pupils = {
        member_id for member_id, member in members.items() if member["kind"] == MemberKind.PUPIL
    }
    _check_refers("guardianships", "member_id", roster.guardianships, pupils)
    _check_once(
        "guardianships", ((row["member_id"], row["guardian_id"]) for row in roster.guardianships)
    )
    _check_refers("phone_numbers", "member_id", roster.phone_numbers, set(members))
    _check_owners(roster.contact_points, guardians, set(members) - pupils)
    _check_memberships(roster.memberships, tree, pupils, set(members))


def _check_owners(points: Rows, guardians: set[UUID], staff: set[UUID]) -> None:
    for point in points:
        owner, member = point.get("guardian_id"), point.get("member_id")
        if (owner is None) == (member is None) or (owner or member) not in (
            guardians if owner else staff
        ):
            raise InvalidField(
                "contact_points",
                "owner_wrong",
                "A contact point has one owner.",
                id=str(point["id"]),
            )


def _check_tree(roster: Roster, tree: Tree) -> None:
    if len(tree.nodes) < len(roster.groups):
        raise InvalidField(
            "groups",
            "tree_broken",
            "A group has a parent that is missing or below itself.",
        )
    for node in tree.nodes.values():
        is_too_deep = node.depth > MAX_DEPTH
        parent = tree.nodes[node.parent_id] if node.parent_id else None
        is_mixed = parent is not None and parent.kind != node.kind
        if is_too_deep or is_mixed:
            raise InvalidField(
                "groups",
                "tree_broken",
                "The tree is too deep or mixes kinds.",
                id=str(node.id),
            )
    if sum(node.is_root for node in tree.nodes.values()) > 1:
        raise InvalidField(
            "groups",
            "root_twice",
            "The class tree has one root.",
        )


def _check_memberships(
    memberships: Rows, tree: Tree, pupils: set[UUID], members: set[UUID]
) -> None:
    _check_refers("memberships", "member_id", memberships, members)
    _check_refers("memberships", "group_id", memberships, set(tree.nodes))
    seats = ((row["group_id"], row["member_id"]) for row in memberships)
    _check_once("memberships", seats)
    enrolled = [row for row in memberships if row["kind"] == MembershipKind.ENROLLED]
    _check_once("memberships", (row["member_id"] for row in enrolled))
    for row in memberships:
        group_id = row["group_id"]
        group = tree.nodes[group_id]
        is_pupil = row["member_id"] in pupils
        is_for_staff = group.kind == GroupKind.STAFF
        if is_pupil == is_for_staff:
            raise InvalidField(
                "memberships",
                "kind_differs",
                "Pupils and staff don't share groups.",
                id=str(group_id),
            )
    for row in enrolled:
        room = tree.nodes[row["group_id"]]
        if room.kind != GroupKind.CLASS:
            raise InvalidField(
                "memberships",
                "enrolled_in_class_only",
                "A pupil is enrolled in a class.",
            )


def _check_once(part: str, keys: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for key in keys:
        if key in seen:
            raise InvalidField(part, "twice", "A row stands twice.", id=str(key))
        seen.add(key)


def _check_refers(part: str, column: str, rows: Rows, known: set[UUID]) -> None:
    for row in rows:
        if row[column] not in known:
            raise InvalidField(
                part,
                "refers_to_nothing",
                f"{column} names nothing of this roster.",
                id=str(row[column]),
            )
