"""What families registered lately, before the office; protected ones wait for it (DIR-14).

And what is swept of registrations that are over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import REGISTRATION_ACCEPTED, REGISTRATION_REFUSED
from directory.actions.groups import check_members_in_scope, members_in_scope
from directory.actions.registering import settle
from directory.actions.show import describe_member
from directory.domain.errors import NoSuch
from directory.domain.family_mails import ADDED_LIVES
from directory.domain.registration.errors import RegistrationDecided
from directory.domain.registration.line_links import USED_FOR
from directory.domain.registration.states import ChildState
from directory.domain.scope import Actor
from directory.events import record_operation
from directory.store import families as family_store
from directory.store import groups as group_store
from directory.store import line_links as line_store
from directory.store import members as member_store
from directory.store import registrations as store
from directory.store.models import Registration, RegistrationChild

SHOWN_FOR = timedelta(days=14)
# An office that does not decide by then has forgotten it, and so may we.
HELD_FOR = timedelta(days=30)
# A school of a thousand hands its sheets out on one day.
MOST_SHOWN = 3000
ERASED_AT_ONCE = 500


def list_recent(
    session: Session, actor: Actor, *, sees_protected: bool, now: datetime
) -> dict[str, Any]:
    """Return what was registered within 14 days in the actor's scope, the newest first.

    What waits for the office is among it, for who may see protected families.
    """
    school_id = actor.school_id
    children = store.list_settled(session, school_id, now - SHOWN_FOR, MOST_SHOWN)
    tree = group_store.load_tree(session, school_id)
    protection = family_store.load_protection(session, school_id)
    hidden = protection.hidden_from(sees_protected=sees_protected)
    asked = {child.member_id for child in children}
    inside = members_in_scope(session, actor, tree, asked)
    seen = []
    for child in children:
        is_hidden = _is_hidden(child, hidden.children, sees_protected)
        if child.member_id in inside and not is_hidden:
            seen.append(child)
    seen_ids = {child.member_id for child in seen}
    rows = member_store.find_members(session, school_id, seen_ids)
    people = {row.member.id: describe_member(row, tree) for row in rows}
    ids = {child.registration_id for child in seen}
    registrations = store.map_registrations(session, school_id, ids)
    proved = store.count_proved(session, school_id, ids)
    apps = store.count_apps(session, school_id, ids)
    lines = line_store.count_proved(session, school_id, ids)
    items = []
    for child in seen:
        registration = registrations[child.registration_id]
        person = people.get(child.member_id)
        if person is None:
            continue
        items.append(
            {
                **person,
                "registration_id": registration.id,
                "label": registration.label,
                "state": child.state,
                "settled_at": child.settled_at,
                "mails": proved.get(registration.id, 0),
                "apps": apps.get(registration.id, 0),
                "lines": lines.get(registration.id, 0),
            }
        )
    return {"items": items}


def _is_hidden(child: RegistrationChild, hidden: frozenset[UUID], sees_protected: bool) -> bool:
    is_held = child.state in (ChildState.HELD.value, ChildState.REFUSED.value)
    return child.member_id in hidden or (is_held and not sees_protected)


def accept_registration(
    session: Session, actor: Actor, registration_id: UUID, *, now: datetime
) -> None:
    """Let a family in that waits for the office; only for who sees protected families.

    Raise NotFound, NotAllowed; RegistrationDecided; and what `settle` raises.
    """
    registration, held = _get_held(session, actor, registration_id)
    settle(session, registration, is_accepted=True, now=now)
    pupils = [str(child.member_id) for child in held]
    target = ("member", held[0].member_id)
    record_operation(session, actor, REGISTRATION_ACCEPTED, target, pupil_ids=pupils)


def refuse_registration(
    session: Session, actor: Actor, registration_id: UUID, *, now: datetime
) -> None:
    """Turn a family down that waits for the office; its addresses are erased.

    Raise NotFound, NotAllowed; RegistrationDecided.
    """
    registration, held = _get_held(session, actor, registration_id)
    for child in held:
        child.state = ChildState.REFUSED.value
        child.settled_at = now
    store.drop_waiting_addresses(session, registration)
    line_store.drop_waiting(session, registration)
    pupils = [str(child.member_id) for child in held]
    target = ("member", held[0].member_id)
    record_operation(session, actor, REGISTRATION_REFUSED, target, pupil_ids=pupils)


def _get_held(
    session: Session, actor: Actor, registration_id: UUID
) -> tuple[Registration, Sequence[RegistrationChild]]:
    """Return a registration that waits for the office, with the children for whom it does."""
    registration = store.find_registration(session, actor.school_id, registration_id)
    if registration is None:
        raise NoSuch("registration")
    children = store.list_children(session, registration)
    tree = group_store.load_tree(session, actor.school_id)
    check_members_in_scope(session, actor, tree, {child.member_id for child in children})
    held = [child for child in children if child.state == ChildState.HELD.value]
    if not held:
        raise RegistrationDecided()
    return registration, held


def sweep_registrations(session: Session, *, now: datetime) -> bool:
    """Erase addresses nobody proved, and registrations that are over; return whether more may be.

    A job.
    """
    store.erase_unproved(session, now)
    line_store.erase_old(session, now, now - USED_FOR)
    store.erase_tellings(session, now - ADDED_LIVES)
    over = store.take_over(
        session,
        now,
        settled_before=now - SHOWN_FOR,
        held_before=now - HELD_FOR,
        most=ERASED_AT_ONCE,
    )
    store.erase_registrations(session, over)
    return len(over) == ERASED_AT_ONCE
