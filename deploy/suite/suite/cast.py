"""Who plays the demo school's history.

The staff as messaging knows them when they act, and by what everybody is reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from common import clock
from common.answers.identity import AccountPageOut
from messaging.domain.people import Actor
from suite.demo.model import NOT_LIVE, ContactPoint, Roster, StaffMember, id_of
from suite.operator_client import OperatorClients

# What a channel answers for a contact point of the demo that is dead.
REASONS = {
    "blocked": "blocked_by_user",
    "token_dead": "token_dead",
    "no_push": "token_dead",
    "user_unknown": "user_unknown",
}


@dataclass(frozen=True)
class Point:
    """A contact point and whom it belongs to: a guardian, or the member of staff itself."""

    id: UUID
    channel: str
    owner_id: UUID
    guardian_id: UUID | None
    dead_since: date | None = None
    reason: str | None = None

    def is_dead_at(self, when: datetime) -> bool:
        return self.dead_since is not None and clock.to_jst(when).date() >= self.dead_since


@dataclass(frozen=True)
class Cast:
    """Who sends, and by what everybody is reached."""

    senders: Mapping[str, tuple[StaffMember, Actor]]
    points: Mapping[UUID, tuple[Point, ...]]  # owner → contact points


def senders_of(
    clients: OperatorClients, school_id: UUID, roster: Roster
) -> dict[str, tuple[StaffMember, Actor]]:
    """Return the staff who sign in, as messaging knows them when they act."""
    page: AccountPageOut = clients.identity.call(
        "GET", "/accounts", school_id=school_id, params={"limit": 100}
    )
    account_of = {account["display_name"]: UUID(account["id"]) for account in page["items"]}
    senders = {}
    for person in roster.staff:
        if person.role is None:
            continue
        own_classes = None
        if person.role == "sender":
            own_classes = frozenset(id_of(key) for key in person.class_keys)
        actor = Actor(
            account_id=account_of[person.display_name],
            school_id=school_id,
            member_id=id_of(person.key),
            only_groups=own_classes,
            may_send_urgent=person.role == "administrator",
        )
        senders[person.key] = (person, actor)
    return senders


def points_of(roster: Roster) -> dict[UUID, tuple[Point, ...]]:
    """Return the contact points of every guardian and member of staff.

    The dead ones say what is wrong with them.
    """
    found = {}
    for guardian in roster.guardians:
        owner = id_of(guardian.key)
        found[owner] = tuple(_point_of(point, owner) for point in guardian.contact_points)
    for person in roster.staff:
        owner = id_of(person.key)
        found[owner] = (Point(id_of(f"{person.key}/mail"), "mail", owner, None),)
    return found


def _point_of(point: ContactPoint, guardian_id: UUID) -> Point:
    dead = point.health in NOT_LIVE
    return Point(
        id=id_of(point.key),
        channel=point.kind,
        owner_id=guardian_id,
        guardian_id=guardian_id,
        dead_since=point.since if dead else None,
        reason=REASONS.get(point.health),
    )
