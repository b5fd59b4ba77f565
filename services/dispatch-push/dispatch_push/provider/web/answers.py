"""What a push service's answer means for one delivery (RFC 8030, 5 and 8).

Only 404 and 410 say that a browser is gone; whatever is our own trouble is put off and never costs
a family its contact point.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.delivery.outcomes import Accepted, Deferred, Outcome, Reason, Rejected
from dispatch_push.provider.answers import moment_after

GONE = (404, 410)
TAKEN = (200, 201, 202)


def outcome_of(status: int, retry_after: str | None, delivery_id: UUID, now: datetime) -> Outcome:
    """Return the outcome of a notification; `retry_after`: the header as it came."""
    if status in TAKEN:
        return Accepted(status, "accepted")
    if status in GONE:
        return Rejected(Reason.TOKEN_DEAD, status, "gone")
    if status == 413:
        return Rejected(Reason.TOO_LARGE, status, "too large")
    if status in (429, 503):
        reason = Reason.RATE_LIMITED if status == 429 else Reason.RELAY_DOWN
        return Deferred(reason, status, "later", moment_after(retry_after, delivery_id, now))
    return Deferred(Reason.RELAY_DOWN, status, "refused", None)


def is_our_fault(outcome: Outcome) -> bool:
    """Return whether an operator has to act: a key, or a request, that is refused."""
    return isinstance(outcome, Deferred) and outcome.code in (400, 401, 403)
