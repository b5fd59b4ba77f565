"""What needs not be kept: sessions that have run out, tries of yesterday, deleted accounts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from identity.domain.federation import LIVES
from identity.domain.sessions import OPERATORS, STAFF
from identity.store.accounts import delete_deleted_roles, delete_lonely_accounts
from identity.store.federation import purge_federated
from identity.store.models import OperatorSession, SignedInSession
from identity.store.sessions import purge_sessions
from identity.store.tries import purge_tries

RESTORED_WITHIN = timedelta(days=30)
AT_ONCE = 500


def purge_sign_ins(session: Session, *, now: datetime) -> None:
    """Delete what has run out: sessions, tries older than a day, sign-ins that never came back."""
    purge_sessions(session, SignedInSession, STAFF, now)
    purge_sessions(session, OperatorSession, OPERATORS, now)
    purge_tries(session, now)
    purge_federated(session, now - LIVES)


def purge_deleted_accounts(session: Session, *, now: datetime) -> None:
    """Delete the roles that were deleted 30 days ago, and accounts that have no other.

    Some at a time: the next round goes on.
    """
    delete_deleted_roles(session, now - RESTORED_WITHIN, AT_ONCE)
    delete_lonely_accounts(session, AT_ONCE)
