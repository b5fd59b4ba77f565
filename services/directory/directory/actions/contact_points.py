"""Contact points for those who deliver, and what becomes of them (DIR-8, DIR-15)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.schemas import Envelope
from directory.actions.families import index_of
from directory.domain.health import moment_of
from directory.domain.scope import Actor
from directory.domain.words import ContactKind, ContactState, states_for
from directory.events import record_operation
from directory.store import families as store

log = structlog.get_logger()


def look_up_points(
    session: Session, school_id: UUID, kind: str, lane: str, members: Iterable[tuple[UUID, list[UUID]]]
) -> list[dict[str, Any]]:
    """Return the contact points through which these members are reached, each once, the addresses sealed.

    A member without guardians is reached by its own. Stopped ones are for the urgent lane only; ended ones for none.
    """
    asked = list(members)
    guardians = {guardian_id for _, guardian_ids in asked for guardian_id in guardian_ids}
    alone = {member_id for member_id, guardian_ids in asked if not guardian_ids}
    points = store.list_sealed(session, school_id, (kind, states_for(lane)), guardians=guardians, members=alone)
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


def find_owners(session: Session, school_id: UUID, kind: ContactKind, address: str, key: SchoolKey) -> list[dict[str, Any]]:
    """Return whose contact point an address is: a guardian's (a member of staff: its own), each once; empty when nobody's."""
    points = store.list_points_at(session, school_id, kind.value, index_of(key, kind, address))
    return [
        {"contact_point_id": point.id, "guardian_id": point.guardian_id, "owner_member_id": point.member_id} for point in points
    ]


def stop_contact_point(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Stop ordinary messages to a contact point whose family asked for it; again, or after its end, changes nothing."""
    if event.school_id is None:
        return
    point = store.find_point(session, event.school_id, event.payload["contact_point_id"])
    if point is None or point.state != ContactState.ACTIVE.value:
        log.info("contact_point.stop_skipped", contact_point_id=str(event.payload["contact_point_id"]))
        return
    point.state = ContactState.STOPPED.value
    actor = Actor(event.school_id, "guardian", point.guardian_id)
    record_operation(session, actor, "contact_point.stopped", ("contact_point", point.id))


def change_health(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Note what a provider told of a contact point; what is older than what is known (events come late) changes nothing."""
    if event.school_id is None:
        return
    point = store.find_point(session, event.school_id, event.payload["contact_point_id"])
    since: datetime = event.payload["since"]
    if point is None or (point.health and moment_of(point.health) >= since):
        log.info("contact_point.change_skipped", contact_point_id=str(event.payload["contact_point_id"]))
        return
    code = event.payload["health"]
    point.health = {"code": None if code == "ok" else code, "since": since.isoformat()}
