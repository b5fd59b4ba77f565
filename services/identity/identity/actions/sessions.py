"""Open sessions: who stands behind one, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.operations import ACCOUNT_SIGNED_OUT
from identity import events
from identity.domain.rights import Rights, read_only, rights_of
from identity.domain.sessions import STAFF, TOUCH_AFTER, SessionEnded, is_alive
from identity.domain.words import OPEN_STATES, Actor, ActorKind, Role, RoleStatus, SchoolState
from identity.store import accounts, schools, sessions
from identity.store.models import School, SignedInSession, StaffRole


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who stands behind a session. `stale`: the look is to be written down (`touch`)."""

    role: StaffRole
    school: School
    member_limit: int
    rights: Rights
    stale: bool

    def claims(self) -> dict[str, Any]:
        """Return the claims of the token by which houses know this person (`common.web.auth`)."""
        return {
            "kind": "staff",
            "sub": str(self.role.account_id),
            "school": str(self.role.school_id),
            "member": str(self.role.member_id) if self.role.member_id else None,
            "role": self.role.role,
            "functions": sorted(self.rights.functions),
            "own_only": sorted(self.rights.own_only),
            "groups": list(self.role.group_ids),
        }


def resolve_session(session: Session, digest: bytes, *, now: datetime) -> SignedIn:
    """Return who stands behind a session, with the rights of this moment; raise SessionEnded."""
    found = accounts.find_session(session, digest)
    if found is None:
        raise SessionEnded()
    opened, role, school = found
    alive = is_alive(
        STAFF,
        expires_at=opened.expires_at,
        last_seen_at=opened.last_seen_at,
        now=now,
    )
    may_be_here = role.status == RoleStatus.ACTIVE and school.state in OPEN_STATES
    if not alive or not may_be_here:
        raise SessionEnded()
    rights = rights_of(
        Role(role.role),
        functions_off=role.functions_off,
        functions_on=role.functions_on,
    )
    if school.state == SchoolState.ENDED:
        rights = read_only(rights)
    limit = schools.member_limit(session, school.id)
    is_touch_due = now - opened.last_seen_at >= TOUCH_AFTER
    return SignedIn(role, school, limit, rights, is_touch_due)


def touch(session: Session, digest: bytes, *, now: datetime) -> None:
    """Write down that a session is in use."""
    sessions.touch_session(session, SignedInSession, digest, now)


def end_session(session: Session, digest: bytes) -> UUID | None:
    """End a session at its owner's wish and return whose it was.

    Nothing happens when there is none.
    """
    found = accounts.find_session(session, digest)
    if found is None:
        return None
    opened, _, _ = found
    sessions.end_session(session, SignedInSession, digest)
    actor = Actor(ActorKind.STAFF, opened.account_id)
    events.record_operation(
        session,
        ACCOUNT_SIGNED_OUT,
        actor,
        school_id=opened.school_id,
        account_id=opened.account_id,
    )
    return opened.account_id
