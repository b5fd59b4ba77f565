"""Freeze an audience: what somebody confirmed on screen is what will be sent (MSG-1, DIR-15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.ids import read_id
from common.words import Channel
from directory.actions.joined import guardians_of_now
from directory.domain.audience import (
    Addressed,
    Audience,
    Named,
    Point,
    group_by_household,
    label_audience,
    label_families,
    points_of,
    why_unreachable,
)
from directory.domain.errors import (
    AudienceGone,
    AudienceOutOfScope,
    MemberAway,
    NobodyAddressed,
    NoSuch,
)
from directory.domain.scope import Actor
from directory.domain.tree import Tree
from directory.domain.words import ADDRESSED, MemberKind, states_for
from directory.store import groups as group_store
from directory.store import members as member_store
from directory.store import snapshots as store
from directory.store.members import EnrolledMember
from directory.store.models import Snapshot
from directory.store.snapshots import Chosen, SnapshotRow


@dataclass(frozen=True, slots=True)
class Ways:
    """How the message will go: by which channels, in which lane."""

    channels: tuple[str, ...] = ("mail",)
    lane: str = "normal"


EVERY_WAY = Ways(tuple(kind.value for kind in Channel), "urgent")


@dataclass(frozen=True)
class People:
    """The people of an audience in the order of lists, with all their groups and contact points."""

    members: Sequence[Addressed]
    memberships: Sequence[tuple[UUID, UUID]]
    points: Mapping[UUID, Sequence[Point]]


def make_snapshot(
    session: Session, actor: Actor, audience: Audience, ways: Ways, *, now: datetime
) -> Snapshot:
    """Freeze who is in an audience now.

    Only who is at the school, households whole and side by side. Raises Invalid for a group or
    member that is not there any more, and when nobody is left, NotAllowed outside the actor's own
    classes and groups.
    """
    today = clock.to_jst(now).date()
    tree = group_store.load_reach(session, actor.school_id, today)
    named = _check_audience(session, actor, tree, audience)
    people = gather_people(session, actor.school_id, tree, audience)
    if not people.members:
        raise NobodyAddressed()
    single = _pick(named, audience.member_ids)
    excluded = _pick(named, audience.excluded_member_ids)
    staff_heads = sum(member.is_staff for member in people.members)
    pupil_heads = len(people.members) - staff_heads
    family_label = label_families(
        tree,
        audience.group_ids,
        single,
        excluded,
        pupils=pupil_heads,
    )
    households = group_by_household(people.members)
    summary = {
        "family_label": family_label,
        "pupil_heads": pupil_heads,
        "staff_heads": staff_heads,
        **_summarise(tree, audience, people, households, ways),
    }
    snapshot = Snapshot(
        id=uuid4(),
        school_id=actor.school_id,
        created_at=now,
        created_by=actor.id,
        audience=audience.as_json(),
        label=label_audience(tree, audience.group_ids, single, len(excluded)),
        heads=len(people.members),
        households=len(households),
        summary=summary,
    )
    store.save(session, snapshot, households)
    return snapshot


def show_snapshot(session: Session, actor: Actor, snapshot_id: UUID) -> dict[str, Any]:
    """Return a snapshot as the confirm screen needs it.

    Raise NotFound, also for a colleague's where the actor has a limit.
    """
    snapshot = store.get_snapshot(session, actor.school_id, snapshot_id)
    is_colleagues = snapshot.created_by != actor.id
    if is_colleagues and actor.scope.limit is not None:
        raise NoSuch("snapshot")
    return describe(snapshot)


def describe(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot's columns and its summary side by side."""
    return {
        "id": snapshot.id,
        "created_at": snapshot.created_at,
        "created_by": snapshot.created_by,
        "audience": snapshot.audience,
        "label": snapshot.label,
        "heads": snapshot.heads,
        "households": snapshot.households,
        **snapshot.summary,
    }


def list_snapshot_page(
    session: Session, school_id: UUID, snapshot_id: UUID, *, after: int, limit: int
) -> dict[str, Any]:
    """Return whole households behind a position, with the names that children have now.

    A guardian whose guardianship has ended since the audience was frozen is left out; a child who
    was deleted or has left since has none. `next` is the last position shown, or None at the end.
    """
    snapshot = store.get_snapshot(session, school_id, snapshot_id)
    rows = store.list_page(
        session,
        school_id,
        snapshot_id,
        after=after,
        limit=limit,
    )
    member_ids = [row.member_id for row in rows]
    links = store.list_links(session, school_id, member_ids, clock.today())
    names = group_store.name_classes(session, school_id, {row.class_id for row in rows})
    asked = {row.member_id: [read_id(each) for each in row.guardian_ids] for row in rows}
    now = guardians_of_now(session, school_id, asked, links)
    items = [_page_member(row, names, now[row.member_id]) for row in rows]
    return {"items": items, "next": _next_after(rows, snapshot)}


def _next_after(rows: Sequence[SnapshotRow], snapshot: Snapshot) -> int | None:
    if not rows:
        return None
    last: int = rows[-1].position
    is_end = last + 1 >= snapshot.heads
    return None if is_end else last


def _page_member(
    row: SnapshotRow, names: Mapping[UUID, str], guardian_ids: Sequence[UUID]
) -> dict[str, Any]:
    return {
        "member_id": row.member_id,
        "class_id": row.class_id,
        "guardian_ids": guardian_ids,
        "household": row.household,
        "display_name": row.display_name,
        "class_name": names.get(row.class_id) if row.class_id else None,
    }


def _check_audience(
    session: Session, actor: Actor, tree: Tree, audience: Audience
) -> dict[UUID, Named]:
    """Return in words the people who are chosen or left out one by one."""
    gone = set(audience.group_ids) - set(tree.nodes)
    if gone:
        raise AudienceGone("group", len(gone))
    asked = {*audience.member_ids, *audience.excluded_member_ids}
    people = member_store.find_members(session, actor.school_id, asked, with_deleted=True)
    known = {person.member.id: person for person in people}
    there = {}
    for member_id, person in known.items():
        if person.member.deleted_at is None:
            there[member_id] = person
    # Who was left out and is deleted is left out anyway.
    left_out = set(audience.excluded_member_ids) & set(known)
    missing = asked - set(there) - left_out
    if missing:
        raise AudienceGone("member", len(missing))
    _check_scope(session, actor, tree, audience)
    _check_there(there, audience)
    return {member_id: _name(person, tree) for member_id, person in there.items()}


def _check_there(people: Mapping[UUID, EnrolledMember], audience: Audience) -> None:
    """Raise MemberAway where somebody was chosen by name who is not at the school."""
    for member_id in audience.member_ids:
        member = people[member_id].member
        if member.status not in ADDRESSED:
            raise MemberAway(member.display_name)


def _check_scope(session: Session, actor: Actor, tree: Tree, audience: Audience) -> None:
    inside = actor.scope.groups(tree)
    if inside is None:
        return
    memberships = group_store.list_groups_of(session, actor.school_id, tree, audience.member_ids)
    own = {member_id for member_id, group_id, _ in memberships if group_id in inside}
    are_groups_inside = inside.issuperset(audience.group_ids)
    are_members_inside = own.issuperset(audience.member_ids)
    if not are_groups_inside or not are_members_inside:
        raise AudienceOutOfScope()


def _name(person: EnrolledMember, tree: Tree) -> Named:
    member = person.member
    if member.kind == MemberKind.STAFF.value:
        return Named(member.display_name, is_staff=True)
    number = f"{member.number}番" if member.number is not None else ""
    seat = f"{tree.path(person.class_id) or ''} {number}".strip()
    return Named(member.display_name, seat)


def _pick(named: Mapping[UUID, Named], member_ids: Iterable[UUID]) -> list[Named]:
    """Return these people, each once, in the order of the choice."""
    return [named[member_id] for member_id in dict.fromkeys(member_ids) if member_id in named]


def gather_people(session: Session, school_id: UUID, tree: Tree, audience: Audience) -> People:
    """Return the people of an audience in the order of lists."""
    groups = tree.spread(audience.group_ids)
    former = tree.older_classes() & groups
    chosen = Chosen(groups, audience.member_ids, former)
    excluded = set(audience.excluded_member_ids)
    found = store.list_audience(session, school_id, chosen)
    guardians = store.list_guardians(session, school_id, chosen)
    memberships = store.list_memberships(session, school_id, chosen)
    last_classes = {member: group for group, member in memberships if group in former}
    ranks = tree.ranks()

    def order(member_id: UUID) -> tuple[int, int, str, UUID]:
        person = found[member_id]
        rank = ranks.get(person.class_id, len(ranks)) if person.class_id else len(ranks)
        return (rank, person.number, person.kana, member_id)

    members = []
    for member_id in sorted(found, key=order):
        if member_id not in excluded:
            person = found[member_id]
            guardian_ids = tuple(guardians.get(member_id, ()))
            class_id = person.class_id or last_classes.get(member_id)
            members.append(Addressed(member_id, class_id, guardian_ids, person.is_staff))
    points = store.list_points(session, school_id, _owners_of(members))
    return People(members, memberships, points)


def _owners_of(members: Iterable[Addressed]) -> set[UUID]:
    """Return whose contact points reach these people: their guardians, or they themselves."""
    owners: set[UUID] = set()
    for member in members:
        owners.update(member.guardian_ids or (member.member_id,))
    return owners


def _summarise(
    tree: Tree,
    audience: Audience,
    people: People,
    households: Sequence[Sequence[Addressed]],
    ways: Ways,
) -> dict[str, Any]:
    with_siblings = sum(len(household) > 1 for household in households)
    return {
        "channels": list(ways.channels),
        "contact_points": _count_points(people, ways.lane),
        "groups": _count_groups(tree, audience.group_ids, people),
        "classes": _line_classes(tree, people.members),
        "unreachable": list_unreachable(people, ways),
        "multi": {
            "siblings_households": with_siblings,
        },
    }


def _count_points(people: People, lane: str) -> dict[str, int]:
    """Return by kind how many contact points a message in this lane may go to."""
    usable = states_for(lane)
    counts = {kind.value: 0 for kind in Channel}
    for owner in _owners_of(people.members):
        for point in people.points.get(owner, ()):
            if point.state in usable:
                counts[point.kind.value] += 1
    return counts


def list_unreachable(people: People, ways: Ways) -> list[dict[str, str]]:
    """Return whom a message going these ways does not reach, with the reason, in list order."""
    unreachable = []
    for member in people.members:
        reason = why_unreachable(points_of(member, people.points), ways.channels, ways.lane)
        if reason:
            unreachable.append({"member_id": str(member.member_id), "reason": reason})
    return unreachable


def _line_classes(tree: Tree, members: Sequence[Addressed]) -> list[dict[str, Any]]:
    """Return the classes of the audience with what is above each.

    So others know who may see it, without our tree.
    """
    classes = dict.fromkeys(member.class_id for member in members if member.class_id)
    lines = []
    for class_id in classes:
        above = [str(group_id) for group_id in tree.above(class_id)]
        lines.append({"id": str(class_id), "above": above})
    return lines


def _count_groups(tree: Tree, group_ids: Collection[UUID], people: People) -> list[dict[str, Any]]:
    """Return the chosen groups with how many people of the audience are in each.

    A child in two of them counts in both.
    """
    heads = {member.member_id for member in people.members}
    by_group: dict[UUID, set[UUID]] = {}
    for group_id, member_id in people.memberships:
        by_group.setdefault(group_id, set()).add(member_id)
    chosen = set(group_ids)
    counted = []
    for node in tree.nodes.values():
        if node.id not in chosen:
            continue
        inside: set[UUID] = set()
        for below in tree.below(node.id):
            inside |= by_group.get(below, set())
        counted.append(
            {
                "id": str(node.id),
                "name": node.path,
                "heads": len(heads & inside),
            }
        )
    return counted
