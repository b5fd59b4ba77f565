"""Open sessions: who stands behind one, and its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.errors import NotFound
from common.guessing import Address
from common.operations import ACCOUNT_SIGNED_OUT
from common.rights import Right
from identity import events
from identity.actions.sign_in import enter_school, entry_rule_of, refusal_of
from identity.domain.factors import demands
from identity.domain.rights import Rights, Term, read_only, rights_of
from identity.domain.sessions import (
    STAFF,
    TOUCH_AFTER,
    SessionEnded,
    SessionPending,
    Step,
    is_alive,
)
from identity.domain.ways import Way
from identity.domain.words import (
    OPEN_STATES,
    Actor,
    FactorFor,
    Role,
    RoleStatus,
    SchoolState,
    StaffScope,
)
from identity.store import accounts, alarms, schools, sessions
from identity.store.models import School, SignedInSession, StaffRole


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who stands behind a session. `stale`: the look is to be written down (`touch`).

    `open_alarms`: how many download alarms wait for who manages accounts.
    """

    role: StaffRole
    school: School
    session_number: UUID
    member_limit: int
    rights: Rights
    open_alarms: int
    stale: bool

    @property
    def sees_own_messages_only(self) -> bool:
        """Return whether the school shows this person only what they sent themselves (ID-7)."""
        return self.school.own_messages_only and self.role.role != Role.ADMINISTRATOR

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
            "own_messages": self.sees_own_messages_only,
        }


def resolve_session(session: Session, digest: bytes, *, now: datetime) -> SignedIn:
    """Return who stands behind a session, with the rights of this moment.

    Raise SessionEnded, or SessionPending where its owner has a step to take first.
    """
    found = get_open_session(session, digest, now=now)
    step = next_step(found)
    if step is not None:
        raise SessionPending(step)
    role, school = found.role, found.school
    assert role is not None
    assert school is not None
    rights = rights_of(
        Role(role.role),
        StaffScope(role.scope),
        functions_off=role.functions_off,
        functions_on=role.functions_on,
    )
    if school.state == SchoolState.ENDED:
        rights = read_only(rights)
    limit = schools.member_limit(session, school.id)
    is_touch_due = now - found.opened.last_seen_at >= TOUCH_AFTER
    open_alarms = 0
    if Right.ACCOUNTS_MANAGE in rights.functions:
        open_alarms = alarms.count_open(session, school.id)
    return SignedIn(
        role,
        school,
        found.opened.number,
        limit,
        rights,
        open_alarms,
        is_touch_due,
    )


def get_open_session(session: Session, digest: bytes, *, now: datetime) -> accounts.OpenSession:
    """Return a session that has not run out, whatever step is missing; raise SessionEnded.

    For who knows the password and perhaps nothing more: it shows nothing, and changes nothing but
    its own way to the next step.
    """
    found = accounts.find_session(session, digest)
    if found is None:
        raise SessionEnded()
    idle = timedelta(minutes=found.school.idle_minutes) if found.school else STAFF.idle
    lifetime = replace(STAFF, idle=idle)
    alive = is_alive(
        lifetime,
        expires_at=found.opened.expires_at,
        last_seen_at=found.opened.last_seen_at,
        now=now,
    )
    if not alive or not _may_be_here(found):
        raise SessionEnded()
    return found


def get_proved_session(session: Session, digest: bytes, *, now: datetime) -> accounts.OpenSession:
    """Return a session whose owner has proved who they are; raise SessionEnded or SessionPending.

    A school, an own password or a factor may be missing yet.
    """
    found = get_open_session(session, digest, now=now)
    if _lacks_proof(found):
        raise SessionPending(Step.FACTOR)
    return found


def get_enrolling_session(
    session: Session, digest: bytes, *, now: datetime
) -> accounts.OpenSession:
    """Return a session in which factors may be registered; raise SessionEnded or SessionPending.

    Nothing is missing, or nothing but a factor.
    """
    found = get_open_session(session, digest, now=now)
    step = next_step(found)
    if step not in (None, Step.ENROLMENT):
        raise SessionPending(step)
    return found


def _may_be_here(found: accounts.OpenSession) -> bool:
    role, school = found.role, found.school
    if role is None or school is None:
        return True
    in_term = Term(role.starts_on, role.ends_on).covers(clock.today())
    is_open = role.status == RoleStatus.ACTIVE and in_term and school.state in OPEN_STATES
    rule = entry_rule_of(school)
    return is_open and rule.admits(Role(role.role), is_federated=found.opened.federated)


def next_step(found: accounts.OpenSession) -> Step | None:
    """Return what is still to be done before the first page; None: nothing."""
    if _lacks_proof(found):
        return Step.FACTOR
    if found.role is None or found.school is None:
        return Step.SCHOOL
    if found.opened.federated:
        # The city's provider asked for what the city demands: no password or factor of ours is due.
        return None
    if found.account.password_hash is None:
        return Step.RENEWAL
    factor_for, role = FactorFor(found.school.factor_for), Role(found.role.role)
    if not found.has_factor and demands(factor_for, role):
        return Step.ENROLMENT
    return None


def _lacks_proof(found: accounts.OpenSession) -> bool:
    """Return whether a second factor is to be proved; by the city's account its provider did."""
    return found.has_factor and found.opened.factor_at is None and not found.opened.federated


def list_schools_to_choose(
    session: Session, digest: bytes, *, now: datetime
) -> list[tuple[StaffRole, School]]:
    """Return the roles between which a session's owner may choose, with their schools.

    Raise SessionEnded or SessionPending.
    """
    found = get_proved_session(session, digest, now=now)
    roles = accounts.list_open_roles(session, found.account.id, clock.today())
    return [(role, schools.get_school(session, role.school_id)) for role in roles]


def choose_school(
    session: Session,
    digest: bytes,
    school_id: UUID,
    *,
    address: Address | None,
    now: datetime,
) -> None:
    """Let a session be of one of its owner's schools.

    Who is signed in at one school goes over to another in this way too (兼務). `address`: from
    where. Raise SessionEnded, SessionPending, NotFound, or Refused where that school wants another
    way.
    """
    found = get_proved_session(session, digest, now=now)
    opened = found.opened
    roles = accounts.list_open_roles(session, found.account.id, clock.today())
    role = next((one for one in roles if one.school_id == school_id), None)
    if role is None:
        raise NotFound()
    if found.role is not None and found.role.id == role.id:
        return
    refusal = refusal_of(session, role, Way(opened.federated, address, opened.browser))
    if refusal is not None:
        raise refusal
    enter_school(session, opened, role, now=now)


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
    opened = found.opened
    sessions.end_session(session, SignedInSession, digest)
    actor = Actor.of_staff(opened.account_id)
    events.record_operation(
        session,
        ACCOUNT_SIGNED_OUT,
        actor,
        school_id=opened.school_id,
        account_id=opened.account_id,
    )
    return opened.account_id
