"""The life of a signed-in session: how long without use, how long in all."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from common.errors import Unauthenticated

# The last use is written down so often: at each request, every page would be a write.
TOUCH_AFTER = timedelta(minutes=1)
_ID_BYTES = 32


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives without use and in all, and the tokens that are given for it."""

    idle: timedelta
    absolute: timedelta
    token: timedelta


# Schools choose what is shorter: these are the longest.
STAFF = Lifetime(
    idle=timedelta(minutes=120), absolute=timedelta(hours=12), token=timedelta(minutes=5)
)
# A removed operator has a minute at most, and a forgotten screen a quarter of an hour: what they
# press can't be undone.
OPERATORS = Lifetime(
    idle=timedelta(minutes=15), absolute=timedelta(hours=8), token=timedelta(minutes=1)
)


class Step(StrEnum):
    """What is still to be done between the right password and the first page."""

    FACTOR = "factor"
    SCHOOL = "school"
    RENEWAL = "renewal"
    ENROLMENT = "enrolment"


class SessionPending(Unauthenticated):
    """The session is open, and its owner has a step to take first."""

    def __init__(self, step: Step) -> None:
        super().__init__(
            "session_pending", "A step of the sign-in is missing.", fields={"step": step.value}
        )


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


def is_alive(
    lifetime: Lifetime, *, expires_at: datetime, last_seen_at: datetime, now: datetime
) -> bool:
    return now < expires_at and now < last_seen_at + lifetime.idle
