"""The life of a signed-in session: 60 minutes without use, 12 hours in all."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from common.errors import Unauthenticated

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
TOUCH_AFTER = timedelta(minutes=1)  # a look is written down once a minute, not at each request
TOKEN_LIFETIME = timedelta(minutes=5)
_ID_BYTES = 32


class SessionEnded(Unauthenticated):
    """There is no such session, it has run out, or the person's role or school has ended."""

    def __init__(self) -> None:
        super().__init__("session_ended", "The session has ended. Sign in again.")


def make_session_id() -> str:
    """Return a new opaque id of 256 bits for the cookie."""
    return secrets.token_urlsafe(_ID_BYTES)


def digest_of(session_id: str) -> bytes:
    """Return what is stored of an id: its SHA-256, so that a stolen database opens no session."""
    return hashlib.sha256(session_id.encode()).digest()


def is_alive(*, expires_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    return now < expires_at and now < last_seen_at + IDLE
