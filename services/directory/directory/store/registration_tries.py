"""Queries about tries for the codes of sheets, of all schools and of none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from common.guessing import Tries
from directory.store.models import RegistrationAttempt, RegistrationTries
from directory.store.models.base import table

KEPT_FOR = timedelta(days=1)
_TRIES = table(RegistrationTries)


def lock_tries(session: Session, tries_index: bytes, now: datetime) -> Tries:
    """Return the tries of one sheet from one network, their row made if need be and locked."""
    values = {"tries_index": tries_index, "failed_count": 0, "next_at": None, "tried_at": now}
    # A row that is there is updated, and so locked: tries at the same time stand in line.
    insert_new(session, _TRIES, [values], instead=_touch)
    found = select(_TRIES.c.failed_count, _TRIES.c.next_at).where(
        _TRIES.c.tries_index == tries_index
    )
    return Tries(*session.execute(found).one())


def _touch(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["tries_index"], set_={"tried_at": statement.excluded.tried_at}
    )


def write_tries(session: Session, tries_index: bytes, tries: Tries) -> None:
    mine = update(RegistrationTries).where(RegistrationTries.tries_index == tries_index)
    session.execute(mine.values(failed_count=tries.failed_count, next_at=tries.next_at))


def forgive(session: Session, tries_index: bytes, attempt_id: UUID) -> None:
    """Forget the tries of one sheet from one network, and the one that was right."""
    write_tries(session, tries_index, Tries(0, None))
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
