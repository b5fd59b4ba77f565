"""An address that has come in becomes a contact point of who gave it, once (DIR-8).

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
from directory.actions.registering_owners import Ready
from directory.domain.errors import InvalidField
from directory.domain.registration.confirming import MAX_CONTACT_POINTS
from directory.domain.words import ContactState
from directory.store import families as family_store
from directory.store.models import ContactPoint, Guardian, Member

# Whose contact points are: a family's adult, or one of the staff.
Owner = Guardian | Member


@dataclass(frozen=True, slots=True)
class Arrived:
    """An address, sealed for the contact point that it becomes under its `id`."""

    id: UUID
    kind: Channel
    address: bytes = field(repr=False)
    index: bytes = field(repr=False)


class Attached(NamedTuple):
    """The contact point that an address is. `is_new`: it was none before, or had ended."""

    point_id: UUID
    is_new: bool


def attach_ready(session: Session, owner: Owner, row: Ready, now: datetime) -> Attached:
    """Make a contact point of a registration's address, which then stands there alone.

    Raise as `attach`.
    """
    assert row.address is not None
    assert row.address_index is not None
    arrived = Arrived(row.id, row.channel, row.address, row.address_index)
    attached = attach(session, owner, arrived, now)
    row.contact_point_id, row.address = attached.point_id, None
    return attached


def attach(session: Session, owner: Owner, arrived: Arrived, now: datetime) -> Attached:
    """Let an address reach somebody; one that is a contact point already stays the one it is.

    Raise Invalid where they would have too many.
    """
    point = _find_point(session, owner, arrived)
    if point is not None:
        was_ended = point.state == ContactState.ENDED.value
        _use_again(session, point, now)
        return Attached(point.id, is_new=was_ended)
    check_points_room(session, owner, arrived.kind)
    is_proved = arrived.kind is not Channel.PUSH
    is_guardian = isinstance(owner, Guardian)
    session.add(
        ContactPoint(
            id=arrived.id,
            school_id=owner.school_id,
            guardian_id=owner.id if is_guardian else None,
            member_id=None if is_guardian else owner.id,
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


def check_points_room(session: Session, owner: Owner, kind: Channel) -> None:
    """Raise Invalid where somebody would have too many contact points with one more."""
    if kind is Channel.MAIL:
        check_room(session, owner, 1)
    points = family_store.list_points(session, owner.school_id, [owner.id])
    if len(points) >= MAX_CONTACT_POINTS:
        raise InvalidField(
            kind.value,
            "contact_points_too_many",
            "These are too many contact points.",
            limit=MAX_CONTACT_POINTS,
        )


def _find_point(session: Session, owner: Owner, arrived: Arrived) -> ContactPoint | None:
    """Return the contact point that an address is already: their own, or another guardian's.

    One of the staff has contact points of their own, also where they are a guardian here.
    """
    own = family_store.find_point_of(session, owner, arrived.kind, arrived.index)
    if own is not None or isinstance(owner, Member):
        return own
    others = family_store.list_points_at(
        session, owner.school_id, arrived.kind.value, arrived.index
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
