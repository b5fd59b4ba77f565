"""Queries about tries to sign in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session

from common.db.bulk import insert_new
from identity.domain.guessing import Tries
from identity.store.models import LoginTries, SignInAttempt

KEPT_FOR = timedelta(days=1)
_TRIES = cast(Table, LoginTries.__table__)


def lock_tries(session: Session, login_index: bytes, now: datetime) -> Tries:
    """Return the tries of a login, its row made if need be and locked.

    Tries at the same time stand in line.
    """
    values = {"login_index": login_index, "failed_count": 0, "locked_until": None, "tried_at": now}
    # A row that is there is updated, and so locked.
    insert_new(session, _TRIES, [values], instead=_touch)
    found = select(_TRIES.c.failed_count, _TRIES.c.locked_until).where(
        _TRIES.c.login_index == login_index
    )
    return Tries(*session.execute(found).one())


def _touch(statement: Any) -> Any:
    return statement.on_conflict_do_update(
        index_elements=["login_index"], set_={"tried_at": statement.excluded.tried_at}
    )


def write_tries(session: Session, login_index: bytes, tries: Tries) -> None:
    statement = update(LoginTries).where(LoginTries.login_index == login_index)
    session.execute(
        statement.values(failed_count=tries.failed_count, locked_until=tries.locked_until)
    )


def forgive_tries(session: Session, login_index: bytes, attempt_id: UUID) -> None:
    """Forget the tries of a login, and the one from this address that was right."""
    write_tries(session, login_index, Tries(0, None))
    session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def count_attempts(
    session: Session, address_index: bytes, since: datetime
) -> tuple[int, datetime | None]:
    """Return how many tries came from an address since a moment, and when the first of them was."""
    query = select(func.count(), func.min(SignInAttempt.at)).where(
        SignInAttempt.address_index == address_index, SignInAttempt.at > since
    )
    count, first = session.execute(query).one()
    return count, first


def purge_tries(session: Session, now: datetime) -> None:
    session.execute(delete(LoginTries).where(LoginTries.tried_at <= now - KEPT_FOR))
    session.execute(delete(SignInAttempt).where(SignInAttempt.at <= now - KEPT_FOR))
