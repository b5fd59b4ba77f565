"""An address that has come in becomes a contact point of a guardian, once (DIR-8).

A mail address and a LINE user come proved. An app comes as its browser gave it, which names it to
nobody else; a press on its test proves it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from common.words import Channel
from directory.actions.contact_points import note_proof, resume_by_owner
from directory.actions.families import check_room
from directory.domain.errors import InvalidField
from directory.domain.registration.confirming import MAX_CONTACT_POINTS
from directory.domain.words import ContactState
from directory.store import families as family_store
from directory.store.models import ContactPoint, Guardian


@dataclass(frozen=True, slots=True)
class Arrived:
    """An address, sealed for the contact point that it becomes under its `id`."""

    id: UUID
    kind: Channel
    address: bytes = field(repr=False)
    index: bytes = field(repr=False)


class Attached(NamedTuple):
    """The contact point that an address is. `is_new`: it was none before."""

    point_id: UUID
    is_new: bool


def attach(session: Session, guardian: Guardian, arrived: Arrived, now: datetime) -> Attached:
    """Let an address reach a guardian; one that is a contact point already stays the one it is.

    Raise Invalid where a guardian would have too many.
    """
    point = _find_point(session, guardian, arrived)
    if point is not None:
        _use_again(session, point, now)
        return Attached(point.id, is_new=False)
    check_points_room(session, guardian, arrived.kind)
    is_proved = arrived.kind is not Channel.PUSH
    session.add(
        ContactPoint(
            id=arrived.id,
            school_id=guardian.school_id,
            guardian_id=guardian.id,
            kind=arrived.kind.value,
            address=arrived.address,
            address_index=arrived.index,
            state=ContactState.ACTIVE.value,
            health=None,
            created_at=now,
            proved_at=now if is_proved else None,
            last_proved_at=now if is_proved else None,
        )
    )
    session.flush()
    return Attached(arrived.id, is_new=True)


def check_points_room(session: Session, guardian: Guardian, kind: Channel) -> None:
    """Raise Invalid where a guardian would have too many contact points with one more."""
    if kind is Channel.MAIL:
        check_room(session, guardian, 1)
    points = family_store.list_points(session, guardian.school_id, [guardian.id])
    if len(points) >= MAX_CONTACT_POINTS:
        raise InvalidField(
            kind.value,
            "contact_points_too_many",
            "These are too many contact points.",
            limit=MAX_CONTACT_POINTS,
        )


def _find_point(session: Session, guardian: Guardian, arrived: Arrived) -> ContactPoint | None:
    """Return the contact point that an address is already: of this guardian, or of another one."""
    own = family_store.find_point_of(session, guardian, arrived.kind, arrived.index)
    if own is not None:
        return own
    others = family_store.list_points_at(
        session, guardian.school_id, arrived.kind.value, arrived.index
    )
    return next((point for point in others if point.guardian_id is not None), None)


def _use_again(session: Session, point: ContactPoint, now: datetime) -> None:
    """Use a contact point from now on whose owner has just shown to have it."""
    if point.state == ContactState.ENDED.value:
        point.health = point.proved_at = point.last_proved_at = None
        point.state, point.stopped_at = ContactState.ACTIVE.value, None
    resume_by_owner(session, point, now)
    if Channel(point.kind) is Channel.PUSH:
        # Its browser names it anew, so it is there.
        point.health = {"code": None, "since": now.isoformat()} if point.health else None
        return
    note_proof(point, now)
