"""Sign in by mail address and password (ID-1), in two transactions with the slow check between them.

The first counts the try, the second opens the session or records the failure; both are committed whatever the answer is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.errors import ServiceError
from identity import events
from identity.domain.contracts import SchoolClosed
from identity.domain.guessing import ADDRESS_WINDOW, TRIES_BY_ADDRESS, Locked, SignInRefused, count_try, seconds_until
from identity.domain.logins import LoginKey
from identity.domain.sessions import ABSOLUTE, digest_of, make_session_id
from identity.domain.words import Actor, ActorKind
from identity.store import accounts, tries
from identity.store.models import Account, SignedInSession, SignInAttempt


@dataclass(frozen=True, slots=True)
class CountedTry:
    """A try that is counted and not yet judged. `password_hash` is None where there is no such account."""

    attempt_id: UUID
    login_index: bytes
    account_id: UUID | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the slow check found; `new_hash` replaces one of an older cost."""

    matched: bool
    new_hash: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    session_id: str
    expires_at: datetime


def count_sign_in(session: Session, login: LoginKey, mail: str, remote_address: str, *, now: datetime) -> CountedTry:
    """Count a try before its password is checked; raise Locked after too many for this login or from this address."""
    address_index = login.index_of_address(remote_address)
    count, first = tries.count_attempts(session, address_index, now - ADDRESS_WINDOW)
    if first is not None and count >= TRIES_BY_ADDRESS:
        raise Locked(seconds_until(first + ADDRESS_WINDOW, now))
    login_index = login.index(mail)
    tries.write_tries(session, login_index, count_try(tries.lock_tries(session, login_index, now), now))
    attempt = SignInAttempt(id=uuid4(), address_index=address_index, at=now)
    session.add(attempt)
    account = accounts.find_account(session, login_index)
    return CountedTry(
        attempt_id=attempt.id,
        login_index=login_index,
        account_id=account.id if account else None,
        password_hash=account.password_hash if account else None,
    )


def finish_sign_in(session: Session, counted: CountedTry, verdict: Verdict, *, now: datetime) -> OpenedSession | ServiceError:
    """Open a session with a new id, or record the failure and return what to answer; to be committed either way.

    A right password is refused too when the account has no active role at a school in use; whose school is being erased is told so.
    """
    account = session.get(Account, counted.account_id) if counted.account_id else None
    role = accounts.find_open_role(session, account.id) if account else None
    changed_meanwhile = account is not None and account.password_hash != counted.password_hash
    if account is None or role is None or not verdict.matched or changed_meanwhile:
        actor = Actor(ActorKind.STAFF, counted.account_id)
        events.record(
            session,
            "account.sign_in_failed",
            actor,
            school_id=role.school_id if role else None,
            account_id=counted.account_id,
        )
        closed = accounts.find_closed_school(session, account.id) if account and verdict.matched and role is None else None
        return SchoolClosed(closed) if closed and not changed_meanwhile else SignInRefused()
    tries.forgive_tries(session, counted.login_index, counted.attempt_id)
    if verdict.new_hash is not None:
        account.password_hash = verdict.new_hash
    session_id = make_session_id()
    opened = SignedInSession(
        id=digest_of(session_id),
        school_id=role.school_id,
        account_id=account.id,
        staff_role_id=role.id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + ABSOLUTE,
    )
    session.add(opened)
    actor = Actor(ActorKind.STAFF, account.id)
    events.record(session, "account.signed_in", actor, school_id=role.school_id, account_id=account.id)
    return OpenedSession(session_id, opened.expires_at)
