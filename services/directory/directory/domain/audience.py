"""Who is addressed.

Words for an audience, households, and why somebody is not reached (DIR-15, DLV-4, MSG-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from common.words import Channel
from directory.domain.health import DEAD, reason_of
from directory.domain.tree import Node, Tree
from directory.domain.words import ContactState, GroupKind, states_for

LABEL_PARTS = 3


@dataclass(frozen=True, slots=True)
class Audience:
    """What a person chose. Excluded members leave, whatever brought them in."""

    group_ids: tuple[UUID, ...] = ()
    member_ids: tuple[UUID, ...] = ()
    excluded_member_ids: tuple[UUID, ...] = ()

    def as_json(self) -> dict[str, list[str]]:
        """Return the audience as it is kept."""
        return {
            "group_ids": [str(i) for i in self.group_ids],
            "member_ids": [str(i) for i in self.member_ids],
            "excluded_member_ids": [str(i) for i in self.excluded_member_ids],
        }


@dataclass(frozen=True, slots=True)
class Addressed:
    """A member of the audience and the guardians through whom it is reached (staff: none)."""

    member_id: UUID
    class_id: UUID | None
    guardian_ids: tuple[UUID, ...]
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who was chosen, or left out, one by one. `seat`: 4年2組 14番; staff have none."""

    name: str
    seat: str = ""
    is_staff: bool = False

    @property
    def words(self) -> str:
        """Return 4年2組 14番 髙橋 陽菜 さん: two of one name in one grade are told apart."""
        return f"{self.seat} {self.name} さん".strip()


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point, as far as an audience needs it."""

    kind: Channel
    state: ContactState
    health: str | None


def label_audience(
    tree: Tree, group_ids: Iterable[UUID], single: Sequence[Named], excluded: int
) -> str:
    """Say in words who is addressed.

    全校 · 4年・5年 · 4年2組 14番 髙橋 陽菜 さん · 4年2組（1人を除く）. A group below another chosen
    one is not said. More than three parts are counted: 「1年・2年・3年 ほか2件」.
    """
    parts = [node.path for node in _tops(tree, group_ids)] + [person.words for person in single]
    label = _join(parts)
    return f"{label}（{excluded}人を除く）" if excluded else label


def label_families(
    tree: Tree,
    group_ids: Iterable[UUID],
    single: Iterable[Named],
    excluded: Iterable[Named],
    *,
    pupils: int,
) -> str | None:
    """Say the same to families: classes and groups, never a child, never a group of staff.

    None where no words are safe: a child was chosen one by one, or left out, or there is no pupil
    in the audience.
    """
    names_a_child = any(not person.is_staff for person in (*single, *excluded))
    if names_a_child or not pupils:
        return None
    groups = [node for node in _tops(tree, group_ids) if node.kind != GroupKind.STAFF]
    return _join([node.path for node in groups])


def _tops(tree: Tree, group_ids: Iterable[UUID]) -> list[Node]:
    chosen = set(group_ids)
    return [
        node
        for node in tree.nodes.values()
        if node.id in chosen and chosen.isdisjoint(tree.above(node.id))
    ]


def _join(parts: Sequence[str]) -> str:
    label = "・".join(parts[:LABEL_PARTS])
    return f"{label} ほか{len(parts) - LABEL_PARTS}件" if len(parts) > LABEL_PARTS else label


def group_by_household(members: Sequence[Addressed]) -> list[list[Addressed]]:
    """Put together all members who share a guardian, directly or through others.

    The order of first members is kept.
    """
    parent = list(range(len(members)))

    def find(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first_of: dict[UUID, int] = {}
    for index, member in enumerate(members):
        for guardian_id in member.guardian_ids:
            one = find(first_of.setdefault(guardian_id, index))
            other = find(index)
            parent[max(one, other)] = min(one, other)
    households: dict[int, list[Addressed]] = {}
    for index, member in enumerate(members):
        households.setdefault(find(index), []).append(member)
    return list(households.values())


def points_of(member: Addressed, points: Mapping[UUID, Sequence[Point]]) -> list[Point]:
    """Return the contact points through which a member is reached.

    Its guardians', or its own where it has none.
    """
    return [
        point
        for owner in (member.guardian_ids or (member.member_id,))
        for point in points.get(owner, ())
    ]


def why_unreachable(points: Sequence[Point], channels: Sequence[str], lane: str) -> str | None:
    """Return why nobody gets a message for a member, or None when a live contact point takes it.

    `none`: no contact point was ever registered · `other_channel`: only on channels not used now ·
    `stopped`: the family stopped ordinary mail · otherwise why nothing arrives at the first of the
    points left (`user_unknown`, `blocked_by_user`, …).
    """
    if not points:
        return "none"
    here = [point for point in points if point.kind.value in channels]
    if not here:
        return "other_channel"
    usable = states_for(lane)
    open_now = [point for point in here if point.state in usable]
    if not open_now:
        is_stopped = any(point.state == ContactState.STOPPED for point in here)
        return "stopped" if is_stopped else "none"
    if any(point.health not in DEAD for point in open_now):
        return None
    first = open_now[0]
    return reason_of(first.kind, first.health)
