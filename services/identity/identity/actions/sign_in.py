"""Staff sign in by mail address and password (ID-1); what others share stands in `tries`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from common.errors import ServiceError
from common.operations import ACCOUNT_SIGN_IN_FAILED, ACCOUNT_SIGNED_IN
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
from identity.domain.logins import LoginKey
from identity.domain.sessions import STAFF, digest_of, make_session_id
from identity.domain.words import Actor, ActorKind
from identity.store import accounts
from identity.store.models import Account, SignedInSession


def count_sign_in(
    session: Session, login: LoginKey, mail: str, remote_address: str, *, now: datetime
) -> CountedTry:
    """Count a try before its password is checked.

    Raise Locked after too many for this login or from this address.
    """
    return count_before_check(
        session,
        login.index(mail),
        login.index_of_address(remote_address),
        accounts.find_account,
        now=now,
    )


def finish_sign_in(
    session: Session, verdict: Verdict, *, now: datetime
) -> OpenedSession | ServiceError:
    """Open a session with a new id, or record the failure and return what to answer.

    To be committed either way. A right password is refused too when the account has no active role
    at a school in use; whose school is being erased is told so.
    """
    counted = verdict.counted
    account = session.get(Account, counted.owner_id) if counted.owner_id else None
    role = accounts.find_open_role(session, account.id) if account else None
    right = is_right(account, verdict)
    if account is None or role is None or not right:
        actor = Actor(ActorKind.STAFF, counted.owner_id)
        school_id = role.school_id if role else None
        events.record_operation(
            session,
            ACCOUNT_SIGN_IN_FAILED,
            actor,
            school_id=school_id,
            account_id=counted.owner_id,
        )
        closed = accounts.find_closed_school(session, account.id) if account and right else None
        return SchoolClosed(closed) if closed else SignInRefused()
    forgive(session, account, verdict)
    session_id = make_session_id()
    opened = SignedInSession(
        id=digest_of(session_id),
        school_id=role.school_id,
        account_id=account.id,
        staff_role_id=role.id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + STAFF.absolute,
    )
    session.add(opened)
    actor = Actor(ActorKind.STAFF, account.id)
    events.record_operation(
        session,
        ACCOUNT_SIGNED_IN,
        actor,
        school_id=role.school_id,
        account_id=account.id,
    )
    return OpenedSession(session_id, opened.expires_at)
