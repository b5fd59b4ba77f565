"""One status for many people at once, all of them or nobody (DIR-1, DIR-12)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from directory.actions.members import Terms, change_member
from directory.domain.errors import NoSuch
from directory.domain.people import MemberPatch
from directory.domain.scope import Actor
from directory.domain.words import MemberStatus
from directory.store import groups as group_store
from directory.store import members as store
from directory.store.models import Member


@dataclass(frozen=True, slots=True)
class WantedStatus:
    """A status and since when; of a day to come it is planned."""

    status: MemberStatus
    since: date


def change_statuses(
    session: Session, actor: Actor, member_ids: Collection[UUID], wanted: WantedStatus, terms: Terms
) -> dict[str, int]:
    """Give people a status; return how many changed, and how many have it already.

    Each is checked as one by one; raise what the first is refused for, and change nobody.
    """
    group_store.lock_root(session, actor.school_id)
    asked = list(dict.fromkeys(member_ids))
    people = {
        person.member.id: person.member
        for person in store.find_members(session, actor.school_id, asked)
    }
    if len(people) < len(asked):
        raise NoSuch("member")
    change = MemberPatch({"status": wanted.status, "status_since": wanted.since})
    changing = [each for each in asked if not _has(people[each], wanted, terms.today)]
    for member_id in changing:
        change_member(session, actor, member_id, change, terms)
    return {
        "changed": len(changing),
        "already": len(asked) - len(changing),
    }


def _has(member: Member, wanted: WantedStatus, today: date) -> bool:
    """Return whether the status is somebody's already, or planned for that very day."""
    is_planned = (member.planned_status, member.planned_since) == (wanted.status, wanted.since)
    is_now = member.status == wanted.status
    # A status that ends by another plan is not the one of that day.
    return is_planned or (is_now and (wanted.since <= today or member.planned_status is None))
