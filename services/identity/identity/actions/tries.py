"""What the sign-in of staff and that of operators have in common.

Two transactions with the slow check between them.

The first counts the try, the second opens the session or records the failure; both are committed
whatever the answer is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from identity.domain.guessing import (
    ADDRESS_WINDOW,
    TRIES_BY_ADDRESS,
    Locked,
    count_try,
    seconds_until,
)
from identity.store import tries
from identity.store.models import Account, Operator, SignInAttempt

Owner = Account | Operator


@dataclass(frozen=True, slots=True)
class CountedTry:
    """A try that is counted and not yet judged.

    `owner_id`, `password_hash`: None where nobody signs in by this address. `temporary`: what must
    be typed where its owner has no password of their own yet.
    """

    attempt_id: UUID
    login_index: bytes
    owner_id: UUID | None
    password_hash: str | None
    temporary: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the slow check of a try found; `new_hash` replaces one of an older cost."""

    counted: CountedTry
    matched: bool
    new_hash: str | None = None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    session_id: str
    expires_at: datetime


def count_before_check(
    session: Session,
    login_index: bytes,
    address_index: bytes,
    find: Callable[[Session, bytes], Owner | None],
    *,
    now: datetime,
) -> CountedTry:
    """Count a try before its password is checked.

    Raise Locked after too many for this login or from this address.
    """
    since = now - ADDRESS_WINDOW
    count, first = tries.count_attempts(session, address_index, since)
    if first is not None and count >= TRIES_BY_ADDRESS:
        locked_until = first + ADDRESS_WINDOW
        raise Locked(seconds_until(locked_until, now))
    before = tries.lock_tries(session, login_index, now)
    tries.write_tries(session, login_index, count_try(before, now))
    attempt = SignInAttempt(id=uuid4(), address_index=address_index, at=now)
    session.add(attempt)
    owner = find(session, login_index)
    owner_id = owner.id if owner else None
    password_hash = owner.password_hash if owner else None
    return CountedTry(attempt.id, login_index, owner_id, password_hash)


def is_right(owner: Owner | None, verdict: Verdict) -> bool:
    """Return whether the password was right, and still is.

    It may have been replaced while it was checked.
    """
    if owner is None or not verdict.matched:
        return False
    return owner.password_hash == verdict.counted.password_hash


def forgive(session: Session, owner: Owner, verdict: Verdict) -> None:
    """Forget the wrong tries of who has shown to be the owner, and keep a hash of today's cost."""
    counted = verdict.counted
    tries.forgive_tries(session, counted.login_index, counted.attempt_id)
    if verdict.new_hash is not None:
        owner.password_hash = verdict.new_hash
