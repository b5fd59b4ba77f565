"""What became of one delivery at a provider, in words that all channels share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why a delivery was refused or put off; the gateway owns the sentences that staff read."""

    USER_UNKNOWN = "user_unknown"
    MAILBOX_FULL = "mailbox_full"
    BLOCKED = "blocked"
    CONTENT_REFUSED = "content_refused"
    LINK_REFUSED = "link_refused"
    ADDRESS_BAD = "address_bad"
    RATE_LIMITED = "rate_limited"
    GREYLISTED = "greylisted"
    RELAY_DOWN = "relay_down"
    TIME_OUT = "time_out"
    UNSUBSCRIBED = "unsubscribed"
    NO_CONTACT_POINT = "no_contact_point"
    CANCELLED = "cancelled"
    GIVEN_UP = "given_up"
    TOO_LARGE = "too_large"
    BLOCKED_BY_USER = "blocked_by_user"
    QUOTA_REACHED = "quota_reached"
    TOKEN_DEAD = "token_dead"  # noqa: S105 - a word, no secret
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took responsibility for it. Whether anybody reads it is not known."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider will not take it, now or later."""

    reason: Reason
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now.

    `until`: from when another try makes sense; None leaves it to the ladder of retries.
    """

    reason: Reason
    code: int
    text: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It was handed over and no answer came: it may have arrived."""

    text: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing was handed over: it may go again at once and has cost no attempt."""

    text: str


@dataclass(frozen=True, slots=True)
class NotPrepared(NotSent):
    """What it needs could not be had or made, so nothing was handed over.

    Its message rests, and no other.
    """


Outcome = Accepted | Rejected | Deferred | Unknown | NotSent
