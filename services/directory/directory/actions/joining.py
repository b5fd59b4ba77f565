"""Join two guardians by hand who are one person (DIR-8, DIR-15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import GUARDIANS_JOINED
from common.words import Channel
from directory import events
from directory.actions.family_sessions import end_sessions_of
from directory.actions.groups import check_members_in_scope
from directory.actions.show import describe_member
from directory.domain.errors import InvalidField, JoiningChangedMeanwhile, NoSuch
from directory.domain.joining import Joining, JoiningPoint, plan_joining
from directory.domain.mail_addresses import MAX_MAILS_A_GUARDIAN
from directory.domain.scope import Actor
from directory.domain.words import ContactState
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import joining as store
from directory.store import members as member_store
from directory.store import my_page as my_page_store
from directory.store import own_passwords
from directory.store.models import ContactPoint, Guardian, Guardianship, JoinedGuardian


@dataclass(frozen=True, slots=True)
class Pair:
    """Two guardians who are one person: who stays, and who is joined into that one."""

    guardian_id: UUID
    other_id: UUID
    sees_protected: bool


@dataclass(frozen=True, slots=True)
class _Both:
    """A pair with all that is theirs, and what becomes of it."""

    kept: Guardian
    gone: Guardian
    links: Sequence[Guardianship]
    points: Sequence[ContactPoint]
    joining: Joining


def preview_joining(session: Session, actor: Actor, pair: Pair) -> dict[str, Any]:
    """Return what would become of two guardians; raise as `join_guardians`."""
    both = _find(
        session,
        actor,
        pair,
        held=False,
    )
    joining = both.joining
    tree = group_store.load_tree(session, actor.school_id)
    children = {link.member_id for link in both.links}
    rows = member_store.find_members(session, actor.school_id, children)
    people = {row.member.id: describe_member(row, tree) for row in rows}
    marked = {link.guardian_id for link in both.links if link.protected}

    def describe(guardian: Guardian) -> dict[str, Any]:
        mine = [link for link in both.links if link.guardian_id == guardian.id]
        return {
            "id": guardian.id,
            "name": guardian.name,
            "protected": guardian.id in marked,
            "children": [
                {**people[link.member_id], "label": link.label}
                for link in mine
                if link.member_id in people
            ],
            "points": _count_points(both.points, guardian),
        }

    return {
        "kept": describe(both.kept),
        "gone": describe(both.gone),
        "name": _name_of(both),
        "children": len(people),
        "mails": joining.mails,
        "too_many": joining.mails > MAX_MAILS_A_GUARDIAN,
        "same_points": len(joining.dropped),
        "protects": bool(marked) and joining.spreads,
        "version": joining.version,
    }


def join_guardians(session: Session, actor: Actor, pair: Pair, version: str, now: datetime) -> None:
    """Make two guardians one: children, addresses and marks of both are the first one's.

    It can't be undone. Raise NotFound where one is not there, or is of a family that the actor must
    not see; NotAllowed where a child of theirs is out of scope; JoiningChangedMeanwhile where they
    are not as they were shown; Invalid for the same one twice, or more addresses than one may have.
    """
    group_store.lock_root(session, actor.school_id)
    both = _find(
        session,
        actor,
        pair,
        held=True,
    )
    joining = both.joining
    if joining.version != version:
        raise JoiningChangedMeanwhile()
    if joining.mails > MAX_MAILS_A_GUARDIAN:
        raise InvalidField(
            "mails", "joined_mails_too_many", "Too many addresses.", limit=MAX_MAILS_A_GUARDIAN
        )
    both.kept.name = _name_of(both)
    _move_links(session, both)
    _move_points(session, both)
    school_id = actor.school_id
    gone_id, kept_id = both.gone.id, both.kept.id
    my_page_store.move_sessions(session, school_id, gone_id, kept_id)
    own_passwords.move(session, school_id, gone_id, kept_id)
    session.flush()
    session.delete(both.gone)
    joined = JoinedGuardian(
        guardian_id=gone_id, school_id=school_id, into_id=kept_id, joined_at=now
    )
    store.note_joined(session, joined)
    events.put_guardian_joined(session, school_id, gone_id, kept_id)
    if joining.spreads:
        for link in family_store.list_links_of(session, school_id, kept_id):
            events.put_guardianship_protected(session, link)
        end_sessions_of(session, school_id, kept_id)
    children = sorted({str(link.member_id) for link in both.links})
    events.record_operation(
        session,
        actor,
        GUARDIANS_JOINED,
        ("member", UUID(children[0])),
        guardian_id=str(kept_id),
        joined_id=str(gone_id),
        pupil_ids=children,
        contact_points=len(both.points) - len(joining.dropped),
    )


def _find(session: Session, actor: Actor, pair: Pair, *, held: bool) -> _Both:
    """Return a pair with all that is theirs; `held`: for a change."""
    school_id = actor.school_id
    both = (pair.guardian_id, pair.other_id)
    if pair.guardian_id == pair.other_id:
        raise InvalidField("other_id", "same_guardian", "This is one guardian already.")
    _check_seen(session, school_id, both, sees_protected=pair.sees_protected)
    guardians = store.list_guardians(session, school_id, both, held=held)
    links = store.list_links(session, school_id, both, held=held)
    points = store.list_points(session, school_id, both, held=held)
    with_children = {link.guardian_id for link in links}
    is_whole = len(guardians) == len(with_children) == len(both)
    if not is_whole:
        raise NoSuch("guardian")
    _check_scope(session, actor, links)
    by_id = {guardian.id: guardian for guardian in guardians}
    kept = by_id[pair.guardian_id]
    gone = by_id[pair.other_id]
    known_points = _points_of(points)
    joining = plan_joining(kept.id, gone.id, links, known_points)
    return _Both(kept, gone, links, points, joining)


def _check_scope(session: Session, actor: Actor, links: Iterable[Guardianship]) -> None:
    tree = group_store.load_tree(session, actor.school_id)
    children = {link.member_id for link in links}
    check_members_in_scope(session, actor, tree, children)


def _check_seen(
    session: Session, school_id: UUID, guardian_ids: Collection[UUID], *, sees_protected: bool
) -> None:
    protection = family_store.load_protection(session, school_id)
    hidden = protection.hidden_from(sees_protected=sees_protected)
    if not hidden.guardians.isdisjoint(guardian_ids):
        raise NoSuch("guardian")


def _points_of(points: Iterable[ContactPoint]) -> list[JoiningPoint]:
    found = []
    for point in points:
        assert point.guardian_id is not None
        address = (point.kind, point.address_index)
        found.append(JoiningPoint(point.id, point.guardian_id, address, point.state))
    return found


def _name_of(both: _Both) -> str | None:
    return both.kept.name or both.gone.name


def _count_points(points: Iterable[ContactPoint], guardian: Guardian) -> dict[str, int]:
    counts = {kind.value: 0 for kind in Channel}
    for point in points:
        is_live = point.state != ContactState.ENDED.value
        if is_live and point.guardian_id == guardian.id:
            counts[point.kind] += 1
    return counts


def _move_links(session: Session, both: _Both) -> None:
    """Let the children of both be the kept one's; a child of both keeps one link, with the mark."""
    own = {link.member_id: link for link in both.links if link.guardian_id == both.kept.id}
    for link in both.links:
        if link.guardian_id == both.kept.id:
            continue
        same = own.get(link.member_id)
        if same is None:
            link.guardian_id = both.kept.id
            continue
        same.protected = same.protected or link.protected
        same.position = min(same.position, link.position)
        session.delete(link)


def _move_points(session: Session, both: _Both) -> None:
    """Let the addresses of both be the kept one's; of one address twice, one stays.

    A stop that the family asked for at either stays.
    """
    by_id = {point.id: point for point in both.points}
    for dropped_id, stays_id in both.joining.dropped.items():
        dropped, stays = by_id[dropped_id], by_id[stays_id]
        if ContactState.STOPPED.value == dropped.state and stays.state != dropped.state:
            stays.state, stays.stopped_at = dropped.state, dropped.stopped_at
        if dropped.state != ContactState.ENDED.value:
            events.put_contact_point_ended(session, dropped.school_id, dropped.id)
        session.delete(dropped)
    store.note_same_points(session, both.kept.school_id, both.joining.dropped)
    session.flush()
    for point in both.points:
        if point.id not in both.joining.dropped:
            point.guardian_id = both.kept.id
