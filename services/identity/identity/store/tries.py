"""Queries about tries to sign in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from common.guessing import Tries
from identity.store.models import LoginTries, SignInAttempt

KEPT_FOR = timedelta(days=1)
# Of a login without wrong tries. Whoever was told to wait comes back within a minute.
KEPT_EMPTY_FOR = timedelta(minutes=10)
_TRIES = cast(Table, LoginTries.__table__)


def lock_tries(session: Session, tries_index: bytes, now: datetime) -> Tries:
    """Return the tries for a login from one place, their row made if need be and locked.

    Tries at the same time stand in line.
    """
    values = {"login_index": tries_index, "failed_count": 0, "locked_until": None, "tried_at": now}
    # A row that is there is updated, and so locked.
    insert_new(session, _TRIES, [values], instead=_touch)
    found = select(_TRIES.c.failed_count, _TRIES.c.locked_until).where(
        _TRIES.c.login_index == tries_index
    )
    return Tries(*session.execute(found).one())


def _touch(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["login_index"], set_={"tried_at": statement.excluded.tried_at}
    )


def write_tries(session: Session, tries_index: bytes, tries: Tries) -> None:
    statement = update(LoginTries).where(LoginTries.login_index == tries_index)
    session.execute(statement.values(failed_count=tries.failed_count, locked_until=tries.next_at))


def forgive_tries(session: Session, tries_index: bytes, attempt_id: UUID | None) -> None:
    """Forget the tries for a login from one place, and the one of its network that was right."""
    write_tries(session, tries_index, Tries(0, None))
    if attempt_id is not None:
        session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def count_attempts(session: Session, network_index: bytes, since: datetime) -> int:
    """Return how many tries came from a network since a moment."""
    query = select(func.count()).where(
        SignInAttempt.address_index == network_index, SignInAttempt.at > since
    )
    return session.scalar(query) or 0


def purge_tries(session: Session, now: datetime) -> None:
    is_old = LoginTries.tried_at <= now - KEPT_FOR
    is_empty = LoginTries.failed_count == 0
    is_past = LoginTries.tried_at <= now - KEPT_EMPTY_FOR
    session.execute(delete(LoginTries).where(is_old | (is_empty & is_past)))
    session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - KEPT_FOR))
