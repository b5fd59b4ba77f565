"""A phone that is a contact point and is reached otherwise now (DLV-6, ADR 52).

Browsers change a subscription by themselves, and Firebase its tokens. Who names the whole address
of before, which only that browser was given, is that phone: no second contact point comes of it,
and nobody is told of a new one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from common.crypto import SchoolKey
from common.operations import CONTACT_POINT_ENDED, FAMILY_APP_RENEWED, Operation
from common.words import Channel
from directory.actions.families import index_of, seal_address
from directory.actions.family_sessions import Family, list_own_points
from directory.domain.scope import Actor
from directory.domain.words import ContactState
from directory.events import put_contact_point_ended, record_operation
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store.models import ContactPoint


class Renewal(NamedTuple):
    """The addresses of one phone, before and after."""

    before: str
    after: str


def renew_app(session: Session, key: SchoolKey, renewal: Renewal, *, now: datetime) -> None:
    """Let contact points follow their phone; said again, it changes nothing any more."""
    if renewal.before == renewal.after:
        return
    index = index_of(key, Channel.PUSH, renewal.before)
    phone = key.school_id, Channel.PUSH.value, index
    if not family_store.list_points_at(session, *phone):
        return  # anybody may ask, and nobody stands in line for nothing
    group_store.lock_root(session, key.school_id)
    for point in family_store.list_points_at(session, *phone):
        if point.guardian_id is not None:
            _follow(session, key, point, renewal.after, now)


def _follow(
    session: Session, key: SchoolKey, point: ContactPoint, address: str, now: datetime
) -> None:
    """Let one contact point have another address, to which nothing has been shown to arrive yet.

    Where its owner has that address too, the phone had come in by itself, and only the new one of
    the two stays.
    """
    assert point.guardian_id is not None
    sealed, index = seal_address(key, point.id, Channel.PUSH, address)
    [guardian] = family_store.list_by_ids(session, point.school_id, [point.guardian_id])
    known = family_store.find_point_of(session, guardian, Channel.PUSH, index)
    if known is None:
        point.address, point.address_index = sealed, index
        point.proved_at = point.last_proved_at = None
        # What is told late of the address before says nothing of this one.
        point.health = {"code": None, "since": now.isoformat()}
        _record(session, point, FAMILY_APP_RENEWED)
    elif known.state != ContactState.ENDED.value:
        point.state = ContactState.ENDED.value
        put_contact_point_ended(session, point.school_id, point.id)
        _record(session, point, CONTACT_POINT_ENDED)


def _record(session: Session, point: ContactPoint, operation: Operation) -> None:
    assert point.guardian_id is not None
    actor = Actor(point.school_id, "guardian", point.guardian_id)
    found = family_store.list_children_of(session, point.school_id, [point.guardian_id])
    children = [str(member_id) for member_id in found.get(point.guardian_id, [])]
    record_operation(session, actor, operation, ("contact_point", point.id), member_ids=children)


def look_up_app(session: Session, family: Family, key: SchoolKey, address: str) -> dict[str, Any]:
    """Return which of the family's own contact points a phone is, and whether it was taken away."""
    index = index_of(key, Channel.PUSH, address)
    for point in list_own_points(session, family):
        if point.kind == Channel.PUSH.value and point.address_index == index:
            return {"contact_point_id": point.id, "is_ended": False}
    ended = family_store.find_point_of(session, family.guardian, Channel.PUSH, index)
    return {"contact_point_id": None, "is_ended": ended is not None}
