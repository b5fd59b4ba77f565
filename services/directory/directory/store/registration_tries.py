"""Queries about tries for the codes of sheets, of all schools and of none."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from common.db.tries import TriesTable
from common.guessing import Tries
from directory.store.models import RegistrationAttempt, RegistrationTries
from directory.store.models.base import table

KEPT_FOR = timedelta(days=1)
TRIES = TriesTable(table(RegistrationTries), "tries_index", "next_at")


def forgive(session: Session, tries_index: bytes, tries: Tries, attempt_id: UUID) -> None:
    """Leave so many tries of one sheet from one network, and forget the one that was right."""
    TRIES.write(session, tries_index, tries)
    session.execute(delete(RegistrationAttempt).where(RegistrationAttempt.id == attempt_id))


def count_attempts(session: Session, network_index: bytes, since: datetime) -> int:
    """Return how many wrong tries came from a network since a moment."""
    query = select(func.count()).where(
        RegistrationAttempt.network_index == network_index, RegistrationAttempt.at > since
    )
    return session.scalar(query) or 0


def purge_tries(session: Session, now: datetime) -> None:
    before = now - KEPT_FOR
    session.execute(delete(RegistrationTries).where(RegistrationTries.tried_at <= before))
    session.execute(delete(RegistrationAttempt).where(RegistrationAttempt.at <= before))
