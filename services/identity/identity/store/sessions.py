"""Queries that are the same for the sessions of staff and of operators."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from identity.domain.sessions import Lifetime
from identity.store.models import OperatorSession, SignedInSession

Sessions = type[SignedInSession] | type[OperatorSession]


def touch_session(session: Session, table: Sessions, digest: bytes, now: datetime) -> None:
    session.execute(update(table).where(table.id == digest).values(last_seen_at=now))


def take_challenge(session: Session, digest: bytes) -> tuple[bytes, datetime] | None:
    """Return what a passkey was to sign in a session, and since when, and forget it.

    Of two who bring a signature at once, one finds nothing.
    """
    opened = session.get(SignedInSession, digest, with_for_update=True, populate_existing=True)
    if opened is None or opened.challenge is None or opened.challenged_at is None:
        return None
    taken = (opened.challenge, opened.challenged_at)
    opened.challenge = opened.challenged_at = None
    return taken


def end_session(session: Session, table: Sessions, digest: bytes) -> None:
    session.execute(delete(table).where(table.id == digest))


def purge_sessions(session: Session, table: Sessions, lifetime: Lifetime, now: datetime) -> None:
    """Delete the sessions that have run out."""
    session.execute(
        delete(table).where(or_(table.expires_at <= now, table.last_seen_at <= now - lifetime.idle))
    )
