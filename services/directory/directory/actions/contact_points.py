"""Contact points for those who deliver, and what becomes of them (DIR-8, DIR-15, DLV-4)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common import clock
from common.crypto import SchoolKey
from common.operations import (
    CONTACT_POINT_ENDED,
    CONTACT_POINT_LAST_ENDED,
    CONTACT_POINT_RESUMED,
    CONTACT_POINT_STOPPED,
)
from common.schemas import Envelope
from common.words import Channel
from directory.actions.families import index_of
from directory.actions.family_tellings import tell_of_stop
from directory.actions.groups import members_in_scope
from directory.actions.joined import guardians_of_now
from directory.domain.errors import NoSuch, OutsideScope
from directory.domain.health import after_proof, after_told
from directory.domain.scope import Actor
from directory.domain.words import ContactState, states_for
from directory.events import put_contact_point_ended, record_operation
from directory.store import families as store
from directory.store import groups as group_store
from directory.store import snapshots as snapshot_store
from directory.store.models import ContactPoint

log = structlog.get_logger()

# As many as somebody would go through at once.
SHOWN_STOPPED = 20


def look_up_points(
    session: Session,
    school_id: UUID,
    kind: str,
    lane: str,
    members: Iterable[tuple[UUID, list[UUID]]],
) -> list[dict[str, Any]]:
    """Return the contact points that reach these members, each once, the addresses sealed.

    A member without guardians is reached by its own. Stopped ones are for the urgent lane only;
    ended ones for none. Who was a guardian when the audience was frozen and is none any more gets
    nothing, nor does anybody for a member who was deleted or has left since.
    """
    asked = list(members)
    member_ids = [member_id for member_id, _ in asked]
    today = clock.today()
    links = snapshot_store.list_links(session, school_id, member_ids, today)
    now = guardians_of_now(session, school_id, dict(asked), links)
    guardians = {guardian_id for guardian_ids in now.values() for guardian_id in guardian_ids}
    without_guardians = [member_id for member_id, guardian_ids in asked if not guardian_ids]
    alone = snapshot_store.list_there(session, school_id, without_guardians, today)
    points = store.list_sealed(
        session, school_id, (kind, states_for(lane)), guardians=guardians, members=alone
    )
    return [
        {
            "contact_point_id": point.id,
            "guardian_id": point.guardian_id,
            "owner_member_id": point.member_id,
            "address": base64.b64encode(point.address).decode(),
            "state": point.state,
            "health": (point.health or {}).get("code"),
        }
        for point in points
    ]


def find_owners(
    session: Session, school_id: UUID, kind: Channel, address: str, key: SchoolKey
) -> list[dict[str, Any]]:
    """Return whose contact point an address is.

    A guardian's (a member of staff: its own), each once; empty when nobody's.
    """
    points = store.list_points_at(session, school_id, kind.value, index_of(key, kind, address))
    return [
        {
            "contact_point_id": point.id,
            "guardian_id": point.guardian_id,
            "owner_member_id": point.member_id,
        }
        for point in points
    ]


def show_point(session: Session, school_id: UUID, contact_point_id: UUID) -> dict[str, Any]:
    """Return in which state a contact point is; raise NotFound."""
    state = store.find_point_state(session, school_id, contact_point_id)
    if state is None:
        raise NoSuch("contact_point")
    return {"contact_point_id": contact_point_id, "state": state}


def list_stopped_points(session: Session, actor: Actor, *, sees_protected: bool) -> dict[str, Any]:
    """Return the latest contact points that their owners stopped and nobody resumed.

    With their children in the actor's scope. `more`: there are others, stopped earlier. A protected
    family's stand only before who may see it: nobody else could do anything about them.
    """
    tree = group_store.load_tree(session, actor.school_id)
    hidden = store.load_protection(session, actor.school_id).hidden_from(
        sees_protected=sees_protected
    )
    points = [
        point
        for point in store.list_stopped(session, actor.school_id)
        if point.guardian_id not in hidden.guardians
    ]
    children = store.list_children_of(
        session, actor.school_id, [point.guardian_id for point in points if point.guardian_id]
    )
    whose = {
        point.id: children.get(point.guardian_id, []) if point.guardian_id else [point.member_id]
        for point in points
    }
    everybody = {
        member_id for member_ids in whose.values() for member_id in member_ids if member_id
    }
    seen = members_in_scope(session, actor, tree, everybody)
    items = []
    for point in points:
        member_ids = [member_id for member_id in whose[point.id] if member_id in seen]
        if member_ids:
            items.append(
                {
                    "contact_point_id": point.id,
                    "member_ids": member_ids,
                    "stopped_at": point.stopped_at,
                }
            )
    return {"items": items[:SHOWN_STOPPED], "more": len(items) > SHOWN_STOPPED}


def resume_contact_point(
    session: Session, actor: Actor, contact_point_id: UUID, *, sees_protected: bool, now: datetime
) -> None:
    """Let ordinary messages go to a contact point again, as its owner told the school.

    One that is not stopped stays as it is. Raise NotFound for a point that is not this school's, is
    ended, or belongs to a family that the actor must not see; NotAllowed where none of the owner's
    children is in the actor's scope.
    """
    point, member_ids = _get_point(session, actor, contact_point_id, sees_protected=sees_protected)
    if point.state == ContactState.STOPPED.value:
        _note_resumption(point, now)
        _resume(session, actor, point, member_ids)


def end_contact_point(
    session: Session, actor: Actor, contact_point_id: UUID, *, sees_protected: bool
) -> None:
    """Take a contact point off the roster: nothing goes there any more, and what went there before
    names no child. Raise as `resume_contact_point`.
    """
    point, member_ids = _get_point(session, actor, contact_point_id, sees_protected=sees_protected)
    _end(session, actor, point, member_ids)


def end_by_owner(
    session: Session, actor: Actor, point: ContactPoint, member_id: UUID, *, is_last: bool
) -> None:
    """Take a contact point of one of the staff off the roster, as they want."""
    _end(session, actor, point, [member_id], is_last=is_last)


def end_points_of(session: Session, actor: Actor, guardian_id: UUID, member_id: UUID) -> None:
    """Take all contact points of a guardian off the roster; `member_id`: the last of its children
    there.
    """
    for point in store.list_points(session, actor.school_id, [guardian_id]):
        _end(session, actor, point, [member_id])


def _end(
    session: Session,
    actor: Actor,
    point: ContactPoint,
    member_ids: Sequence[UUID],
    *,
    is_last: bool = False,
) -> None:
    point.state = ContactState.ENDED.value
    operation = CONTACT_POINT_LAST_ENDED if is_last else CONTACT_POINT_ENDED
    target = ("contact_point", point.id)
    children = _as_text(member_ids)
    record_operation(session, actor, operation, target, member_ids=children)
    put_contact_point_ended(session, point.school_id, point.id)


def _get_point(
    session: Session, actor: Actor, contact_point_id: UUID, *, sees_protected: bool
) -> tuple[ContactPoint, list[UUID]]:
    """Return a contact point that the actor may change, and its owner's children."""
    point = store.find_point(session, actor.school_id, contact_point_id)
    protection = store.load_protection(session, actor.school_id)
    hidden = protection.hidden_from(sees_protected=sees_protected)
    if (
        point is None
        or point.state == ContactState.ENDED.value
        or point.guardian_id in hidden.guardians
    ):
        raise NoSuch("contact_point")
    member_ids = _members_of(session, point)
    tree = group_store.load_tree(session, actor.school_id)
    if not members_in_scope(session, actor, tree, member_ids):
        raise OutsideScope()
    return point, member_ids


def stop_contact_point(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Stop ordinary messages to a contact point whose family asked for it.

    After the point's end this changes nothing. Events come in any order: a stop from before the
    last resumption counts no more, and of two stops the later one stands.
    """
    point = _find_told(session, event)
    told_at = event.occurred_at
    if point is None or _is_void(point, told_at):
        point_id = str(event.payload["contact_point_id"])
        log.info("contact_point.stop_skipped", contact_point_id=point_id)
        return
    if point.state == ContactState.STOPPED.value:
        point.stopped_at = max(point.stopped_at or told_at, told_at)
        return
    point.state = ContactState.STOPPED.value
    point.stopped_at = told_at
    tell_of_stop(session, point, now=now)
    actor = _owner_as_actor(point)
    member_ids = _members_of(session, point)
    record_operation(
        session,
        actor,
        CONTACT_POINT_STOPPED,
        ("contact_point", point.id),
        member_ids=_as_text(member_ids),
    )


def _owner_as_actor(point: ContactPoint) -> Actor:
    """Return as who acts somebody of whom only a contact point is known."""
    if point.guardian_id is None:
        return Actor(point.school_id, "staff", point.member_id)
    return Actor(point.school_id, "guardian", point.guardian_id)


def _is_void(point: ContactPoint, stopped_at: datetime) -> bool:
    """Return whether a stop comes after the point's end, or was taken back since."""
    if point.state == ContactState.ENDED.value:
        return True
    return point.resumed_at is not None and stopped_at <= point.resumed_at


def hear_resumed(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Let ordinary messages go on, because who had stopped them took that back.

    A stop that came later stays. It is noted where nothing is stopped too: the stop that it takes
    back may be heard after it.
    """
    point = _find_told(session, event)
    if point is not None:
        _note_resumption(point, event.occurred_at)
    is_stopped = point is not None and point.state == ContactState.STOPPED.value
    if (
        point is None
        or not is_stopped
        or (point.stopped_at and point.stopped_at > event.occurred_at)
    ):
        point_id = str(event.payload["contact_point_id"])
        log.info("contact_point.change_skipped", contact_point_id=point_id)
        return
    _resume(session, _owner_as_actor(point), point, _members_of(session, point))


def resume_by_owner(session: Session, point: ContactPoint, now: datetime) -> None:
    """Let ordinary messages go on where an owner has just shown to want a stopped contact point."""
    if point.state == ContactState.STOPPED.value:
        _note_resumption(point, now)
        _resume(session, _owner_as_actor(point), point, _members_of(session, point))


def prove_contact_point(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Note that what is sent to a contact point arrives.

    The first proof and the last one stay, and a mail address taken for dead is well again.
    """
    point = _find_told(session, event)
    if point is not None:
        note_proof(point, event.payload["proved_at"])


def note_proof(point: ContactPoint, proved_at: datetime) -> None:
    """Note that somebody pressed, at a moment, what only this contact point had brought."""
    if point.proved_at is None or proved_at < point.proved_at:
        point.proved_at = proved_at
    point.last_proved_at = max(point.last_proved_at or proved_at, proved_at)
    health = after_proof(Channel(point.kind), point.health, proved_at)
    if health != point.health:
        point.health = dict(health or {})


def change_health(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Note what a provider told of a contact point.

    What is older than what is known (events come late) changes nothing.
    """
    point = _find_told(session, event)
    since: datetime = event.payload["since"]
    known = point.health if point else None
    last_proof = (point.last_proved_at or point.proved_at) if point else None
    health = after_told(known, event.payload["health"], since, last_proof)
    if point is None or health == known:
        point_id = str(event.payload["contact_point_id"])
        log.info("contact_point.change_skipped", contact_point_id=point_id)
        return
    point.health = dict(health or {})


def _find_told(session: Session, event: Envelope) -> ContactPoint | None:
    """Return the contact point that an event is about.

    None where it is not there, or not of the event's school.
    """
    if event.school_id is None:
        return None
    return store.find_point(session, event.school_id, event.payload["contact_point_id"])


def _members_of(session: Session, point: ContactPoint) -> list[UUID]:
    if point.guardian_id is None:
        return [point.member_id] if point.member_id else []
    return store.list_children_of(session, point.school_id, [point.guardian_id]).get(
        point.guardian_id, []
    )


def _note_resumption(point: ContactPoint, moment: datetime) -> None:
    point.resumed_at = max(point.resumed_at or moment, moment)


def _resume(
    session: Session, actor: Actor, point: ContactPoint, member_ids: Sequence[UUID]
) -> None:
    point.state, point.stopped_at = ContactState.ACTIVE.value, None
    record_operation(
        session,
        actor,
        CONTACT_POINT_RESUMED,
        ("contact_point", point.id),
        member_ids=_as_text(member_ids),
    )


def _as_text(ids: Iterable[UUID]) -> list[str]:
    return [str(each) for each in ids]
