"""Queries about tries to sign in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Table, delete, func, select
from sqlalchemy.orm import Session

from common.db.tries import TriesTable
from identity.store.models import LoginTries, SignInAttempt

KEPT_FOR = timedelta(days=1)
# Of a login without wrong tries. Whoever was told to wait comes back within a minute.
KEPT_EMPTY_FOR = timedelta(minutes=10)
TRIES = TriesTable(cast(Table, LoginTries.__table__), "login_index", "locked_until")


def forgive_tries(session: Session, tries_index: bytes, attempt_id: UUID | None) -> None:
    """Forget the tries for a login from one place, and the one of its network that was right."""
    TRIES.forget(session, tries_index)
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
