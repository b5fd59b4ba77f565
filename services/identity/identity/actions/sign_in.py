"""Staff sign in by mail address and password (ID-1).

What operators share stands in `tries`; the city's account shares the end, `open_session`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.errors import Busy, Refused, ServiceError
from common.guessing import Where
from common.notices import NoticeKind
from common.operations import (
    ACCOUNT_SIGN_IN_FAILED,
    ACCOUNT_SIGNED_IN,
    ACCOUNT_SIGNED_IN_BY_CITY,
)
from identity import events
from identity.actions.tries import (
    CountedTry,
    OpenedSession,
    Verdict,
    count_before_check,
    forgive,
    is_right,
)
from identity.domain.contracts import SchoolClosed
from identity.domain.guessing import SignInRefused
from identity.domain.sessions import STAFF, digest_of, make_session_id
from identity.domain.sources import Source
from identity.domain.temporary import PasswordState, TemporaryExpired, TemporaryKey, state_of
from identity.domain.ways import EntryRule, Way
from identity.domain.words import Actor, ActorKind, Role, SignInBy
from identity.store import accounts, factors, schools
from identity.store.models import Account, School, SignedInSession, StaffRole


def count_sign_in(
    session: Session, key: TemporaryKey, source: Source, *, now: datetime
) -> CountedTry | Busy:
    """Count a try before its password is checked, or return why it is not to be checked now.

    A school's own networks don't slow its own accounts.
    """
    own = accounts.list_networks(session, source.login_index)
    counted = count_before_check(
        session,
        source.freed_by(own),
        accounts.find_account,
        now=now,
    )
    if isinstance(counted, Busy) or counted.owner_id is None:
        return counted
    account = session.get_one(Account, counted.owner_id)
    return replace(counted, temporary=find_temporary(account, key))


def finish_sign_in(
    session: Session, verdict: Verdict, browser: str, key: TemporaryKey, *, now: datetime
) -> OpenedSession | ServiceError:
    """Open a session with a new id, or record the failure and return what to answer.

    To be committed either way. A right password is refused too when the account has no active role
    at a school in use; whose school is being erased is told so. Who serves at several schools has
    the choice before them, and who has a second factor the proof: they are of none until then.
    """
    counted = verdict.counted
    account = lock_owner(session, verdict)
    roles = accounts.list_open_roles(session, account.id, clock.today()) if account else []
    right = _is_still_right(account, verdict, key)
    if account is None or not roles or not right:
        record_failure(session, counted.owner_id, roles)
        closed = accounts.find_closed_school(session, account.id) if account and right else None
        return SchoolClosed(closed) if closed else SignInRefused()
    forgive(session, account, verdict)
    state = state_of(account.password_hash, account.temporary_until, now)
    if state is PasswordState.EXPIRED:
        return TemporaryExpired()
    source = counted.source
    way = Way(
        is_federated=False,
        address=source.address,
        browser=browser,
        is_new_device=source.where is not Where.DEVICE,
    )
    return open_session(
        session,
        account,
        roles,
        way,
        now=now,
    )


def lock_owner(session: Session, verdict: Verdict) -> Account | None:
    """Return and lock the account whose password was checked; None: there is none of this login.

    A password that is replaced at this moment ends the sessions that stand: one that is opened by
    the old one just after that would stay open.
    """
    owner_id = verdict.counted.owner_id
    return accounts.find_locked(session, owner_id) if owner_id else None


def record_failure(
    session: Session, account_id: UUID | None, roles: Sequence[StaffRole] = ()
) -> None:
    """Tell the log of a sign-in that failed: that of the first school where its owner serves."""
    events.record_operation(
        session,
        ACCOUNT_SIGN_IN_FAILED,
        Actor(ActorKind.STAFF, account_id),
        school_id=roles[0].school_id if roles else None,
        account_id=account_id,
    )


def open_session(
    session: Session, account: Account, roles: Sequence[StaffRole], way: Way, *, now: datetime
) -> OpenedSession | ServiceError:
    """Open a session for who has shown who they are, or return why no school takes them in so.

    `roles`: where they serve, one at least. Of several schools they choose one next.
    """
    refusals = [refusal_of(session, role, way) for role in roles]
    if None not in refusals:
        record_failure(session, account.id, roles)
        return next(each for each in refusals if each is not None)
    session_id = make_session_id()
    opened = SignedInSession(
        id=digest_of(session_id),
        number=uuid4(),
        account_id=account.id,
        browser=way.browser,
        federated=way.is_federated,
        created_at=now,
        last_seen_at=now,
        expires_at=now + STAFF.absolute,
    )
    if way.is_new_device:
        _tell_of_new_device(session, roles, opened)
    is_proved = way.is_federated or not factors.has_factor(session, account.id)
    if len(roles) == 1 and is_proved:
        enter_school(
            session,
            opened,
            roles[0],
            now=now,
        )
    session.add(opened)
    return OpenedSession(session_id, opened.expires_at)


def _tell_of_new_device(
    session: Session, roles: Sequence[StaffRole], opened: SignedInSession
) -> None:
    """Tell by mail who was signed in before that they were, from a browser nobody knows.

    Nobody is told of their first sign-in.
    """
    if all(role.last_sign_in_at is None for role in roles):
        return
    told = {"browser": opened.browser, "at": opened.created_at.isoformat()}
    events.put_notice(
        session,
        NoticeKind.NEW_DEVICE,
        [opened.account_id],
        told,
        school_id=roles[0].school_id,
    )


def refusal_of(session: Session, role: StaffRole, way: Way) -> Refused | None:
    """Return why a school does not let one of its people in by a way; None: it does."""
    rule = entry_rule_of(schools.get_school(session, role.school_id))
    return rule.refusal(Role(role.role), way)


def entry_rule_of(school: School) -> EntryRule:
    """Return by which way a school lets its people in."""
    return EntryRule(SignInBy(school.sign_in_by), tuple(school.networks), school.networks_only)


def _is_still_right(account: Account | None, verdict: Verdict, key: TemporaryKey) -> bool:
    """Return whether what was typed is the account's password at this moment.

    A temporary one may have been issued again while it was checked.
    """
    if account is None or not is_right(account, verdict):
        return False
    return find_temporary(account, key) == verdict.counted.temporary


def find_temporary(account: Account, key: TemporaryKey) -> str | None:
    """Return the temporary password of an account that has no other."""
    if account.password_hash is not None or account.temporary_until is None:
        return None
    return key.password(account.id, account.password_version)


def enter_school(
    session: Session, opened: SignedInSession, role: StaffRole, *, now: datetime
) -> None:
    """Let a session be of one school, for as long as that school allows."""
    school = schools.get_school(session, role.school_id)
    opened.school_id = role.school_id
    opened.staff_role_id = role.id
    opened.expires_at = opened.created_at + timedelta(hours=school.session_hours)
    role.last_sign_in_at = now
    actor = Actor.of_staff(role.account_id)
    where = {"school_id": role.school_id, "account_id": role.account_id}
    if opened.federated:
        events.record_operation(
            session,
            ACCOUNT_SIGNED_IN_BY_CITY,
            actor,
            **where,
            by="city",
        )
    else:
        events.record_operation(
            session,
            ACCOUNT_SIGNED_IN,
            actor,
            **where,
        )
