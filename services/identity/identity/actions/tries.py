"""What the sign-in of staff and that of operators have in common.

Two transactions with the slow check between them.

The first counts the try, or keeps that it has to wait; the second opens the session or records the
failure. Both are committed whatever the answer is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.errors import Busy
from common.guessing import NETWORK_WINDOW, NO_DELAY, count_try, delay_of
from identity.domain.sources import Source
from identity.store import tries
from identity.store.models import Account, Operator, SignInAttempt

Owner = Account | Operator


@dataclass(frozen=True, slots=True)
class CountedTry:
    """A try that is counted and not yet judged.

    `attempt_id`: the one of its network; None where these don't matter. `owner_id`,
    `password_hash`: None where nobody signs in by this address. `temporary`: what must be typed
    where its owner has no password of their own yet.
    """

    source: Source
    attempt_id: UUID | None
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
    source: Source,
    find: Callable[[Session, bytes], Owner | None],
    *,
    now: datetime,
) -> CountedTry | Busy:
    """Count a try before its password is checked, or return why it is not to be checked now.

    To be committed either way: whoever is told to wait has a place in the line from then on.
    """
    before = tries.TRIES.lock(session, source.tries_index, now)
    delay = _delay_of_network(session, source, now)
    counted = count_try(
        before,
        source.where,
        delay=delay,
        now=now,
    )
    tries.TRIES.write(session, source.tries_index, counted.tries)
    if counted.refusal is not None:
        return counted.refusal
    attempt_id = _add_attempt(session, source, now)
    owner = find(session, source.login_index)
    owner_id = owner.id if owner else None
    password_hash = owner.password_hash if owner else None
    return CountedTry(source, attempt_id, owner_id, password_hash)


def _delay_of_network(session: Session, source: Source, now: datetime) -> timedelta:
    if source.network_index is None:
        return NO_DELAY
    since = now - NETWORK_WINDOW
    return delay_of(tries.count_attempts(session, source.network_index, since))


def _add_attempt(session: Session, source: Source, now: datetime) -> UUID | None:
    """Count a try for its whole network; return which it is, if that counts."""
    if source.network_index is None:
        return None
    attempt = SignInAttempt(id=uuid4(), address_index=source.network_index, at=now)
    session.add(attempt)
    return attempt.id


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
    tries.forgive_tries(session, counted.source.tries_index, counted.attempt_id)
    if verdict.new_hash is not None:
        owner.password_hash = verdict.new_hash
