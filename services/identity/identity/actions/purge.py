"""What needs not be kept: sessions that have run out, tries of yesterday."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from identity.domain.sessions import OPERATORS, STAFF
from identity.store.models import OperatorSession, SignedInSession
from identity.store.sessions import purge_sessions
from identity.store.tries import purge_tries


def purge_sign_ins(session: Session, *, now: datetime) -> None:
    """Delete the sessions that have run out and the tries older than a day."""
    purge_sessions(session, SignedInSession, STAFF, now)
    purge_sessions(session, OperatorSession, OPERATORS, now)
    purge_tries(session, now)
