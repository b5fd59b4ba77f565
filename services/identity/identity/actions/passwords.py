"""Passwords of staff: temporary ones given out and looked up, one's own chosen (ID-4, ID-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.operations import (
    ACCOUNT_PASSWORD_CHOSEN,
    ACCOUNT_PASSWORD_REPLACED,
    PASSWORDS_EXPORTED,
)
from common.passwords import SHORTEST
from identity import events
from identity.actions.homes import lock_at_home, lock_managed
from identity.actions.sessions import get_proved_session
from identity.domain.homes import is_managed_by
from identity.domain.temporary import (
    OwnPassword,
    PasswordChosen,
    PasswordState,
    SameAsTemporary,
    TemporaryKey,
    is_same,
    last_moment,
    state_of,
)
from identity.domain.words import Actor
from identity.store import accounts, homes, schools
from identity.store.models import Account, StaffRole


@dataclass(frozen=True, slots=True)
class PasswordRow:
    """How it stands with the password of one of a school's staff."""

    role: StaffRole
    account: Account
    state: PasswordState


def set_password(
    session: Session, school_id: UUID, account_id: UUID, password_hash: str, *, actor: Actor
) -> None:
    """Give an account a lasting password, which ends its sessions.

    Raise NotFound, ManagedElsewhere, or ServesElsewhere.
    """
    account = lock_managed(session, school_id, account_id)
    _keep(account, password_hash)
    accounts.end_sessions_of(session, account_id)
    events.record_operation(
        session, ACCOUNT_PASSWORD_REPLACED, actor, school_id=school_id, account_id=account_id
    )


def issue_temporary(
    session: Session, school_id: UUID, account_id: UUID, *, actor: Actor, now: datetime
) -> Account:
    """Give an account a new temporary password in place of any other, which ends its sessions.

    Raise NotFound, ManagedElsewhere, ServesElsewhere, or OwnPassword.
    """
    account = lock_managed(session, school_id, account_id)
    if actor.id == account_id:
        raise OwnPassword()
    _issue(session, school_id, account, actor=actor, now=now)
    return account


def issue_vouched(
    session: Session, school_id: UUID, account_id: UUID, *, actor: Actor, now: datetime
) -> Account:
    """Issue a temporary password for which two operators answer, wherever else the person works.

    Raise NotFound, or ManagedElsewhere.
    """
    account = lock_at_home(session, school_id, account_id)
    _issue(session, school_id, account, actor=actor, now=now)
    return account


def _issue(
    session: Session, school_id: UUID, account: Account, *, actor: Actor, now: datetime
) -> None:
    school = schools.get_school(session, school_id)
    account.password_version += 1
    account.password_hash = None
    account.temporary_until = last_moment(now, school.temporary_days)
    accounts.end_sessions_of(session, account.id)
    events.record_operation(
        session,
        ACCOUNT_PASSWORD_REPLACED,
        actor,
        school_id=school_id,
        account_id=account.id,
    )


def has_none(session: Session, account_id: UUID) -> bool:
    """Return whether an account was given no password yet, or none that holds any more."""
    account = session.get_one(Account, account_id)
    return account.password_hash is None and account.temporary_until is None


def replace_temporary(
    session: Session, digest: bytes, password_hash: str, *, now: datetime
) -> None:
    """Keep the password that a session's owner chose in place of the temporary one.

    Every other session of theirs ends. Raise SessionEnded, SessionPending, or PasswordChosen where
    there is none to replace.
    """
    found = _lock_proved_session(session, digest, now)
    if found.account.password_hash is not None:
        raise PasswordChosen()
    _choose(session, found, password_hash)


def choose_password(session: Session, digest: bytes, password_hash: str, *, now: datetime) -> None:
    """Keep another password of a session's owner; every other session of theirs ends.

    Raise SessionEnded or SessionPending.
    """
    found = _lock_proved_session(session, digest, now)
    _choose(session, found, password_hash)


def _lock_proved_session(session: Session, digest: bytes, now: datetime) -> accounts.OpenSession:
    """Return a proved session, its owner's account locked.

    A password that is issued meanwhile ends the session, and is not to be replaced by it.
    """
    found = get_proved_session(session, digest, now=now)
    accounts.lock_account(session, found.account.id)
    return get_proved_session(session, digest, now=now)


def _choose(session: Session, found: accounts.OpenSession, password_hash: str) -> None:
    account = found.account
    _keep(account, password_hash)
    accounts.end_sessions_of(session, account.id, but=found.opened.id)
    events.record_operation(
        session,
        ACCOUNT_PASSWORD_CHOSEN,
        Actor.of_staff(account.id),
        school_id=found.opened.school_id,
        account_id=account.id,
    )


def check_not_temporary(account: Account, password: str, key: TemporaryKey) -> None:
    """Raise SameAsTemporary for a password that was given out on paper."""
    if is_same(password, temporary_of(account, key)):
        raise SameAsTemporary()


def shortest_for(session: Session, account_id: UUID) -> int:
    """Return the fewest characters that a person's password may have: the strictest school's."""
    lengths = [school.password_length for school in schools.list_schools_of(session, account_id)]
    return max(lengths, default=SHORTEST)


def _keep(account: Account, password_hash: str) -> None:
    account.password_hash = password_hash
    account.temporary_until = None


def list_passwords(session: Session, school_id: UUID, *, now: datetime) -> list[PasswordRow]:
    """Return how it stands with the passwords of a school's staff, by name."""
    found = accounts.list_with_accounts(session, school_id)
    return [
        PasswordRow(role, account, state_of(account.password_hash, account.temporary_until, now))
        for role, account in found
    ]


def export_temporary(
    session: Session, school_id: UUID, wanted: Iterable[UUID], *, actor: Actor, now: datetime
) -> list[PasswordRow]:
    """Return those of the wanted accounts whose temporary password holds; the log keeps how many.

    Those whose sign-in is not this school's alone are left out. Who got none has seen nothing.
    """
    chosen = frozenset(wanted)
    valid = []
    for row in list_passwords(session, school_id, now=now):
        is_chosen = row.account.id in chosen
        if is_chosen and row.state is PasswordState.VALID:
            valid.append(row)
    account_ids = [row.account.id for row in valid]
    roles = homes.list_roles_at(session, account_ids, clock.today())
    rows = [row for row in valid if is_managed_by(roles[row.account.id], school_id)]
    if not rows:
        return rows
    events.record_operation(
        session,
        PASSWORDS_EXPORTED,
        actor,
        school_id=school_id,
        count=len(rows),
    )
    return rows


def temporary_of(account: Account, key: TemporaryKey) -> str:
    """Return the temporary password of an account that has one."""
    return key.password(account.id, account.password_version)
