"""What FCM's answer means for one delivery
(firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode).

The status alone does not say it: 404 is a dead token or a wrong project, 403 a token of another
project or a missing right, and only `error.details[].errorCode` tells which. Whatever is our own
trouble is put off and never costs a family its contact point.

Of a token that belongs to another project (SENDER_ID_MISMATCH) one answer does not tell whose fault
it is: a phone that was registered with somebody else's project, or our key of a wrong one. What the
others of its batch are answered tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

from common.delivery.outcomes import Accepted, Deferred, Outcome, Reason, Rejected

# Of a Retry-After that we believe; an hour would outlast an urgent message's half hour.
LONGEST_WAIT = timedelta(minutes=10)
# What FCM says of a malformed token, mostly without naming the field (B02). All else that is
# "invalid" is the message's fault.
_MALFORMED_TOKEN = "registration token is not a valid"  # noqa: S105 - words, no secret
_OTHER_SENDER = "SENDER_ID_MISMATCH"
# Of the wait, so that what was refused together does not come back together.
JITTER = 0.25


@dataclass(frozen=True, slots=True)
class FcmAnswer:
    """An HTTP answer: `body` parsed JSON, or None; `retry_after` the header as it came."""

    status: int
    body: Any
    retry_after: str | None = None

    @property
    def error(self) -> Mapping[str, Any]:
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return error if isinstance(error, dict) else {}

    @property
    def code(self) -> str:
        """Return FCM's error code, else the status word of Google's API, else "".

        Never anything that was sent.
        """
        for detail in self._details():
            if isinstance(detail.get("errorCode"), str):
                return str(detail["errorCode"])[:40]
        return str(self.error.get("status", ""))[:40]

    @property
    def blames_token(self) -> bool:
        """Return whether a 400 is about the token and not about the rest of the message."""
        if _MALFORMED_TOKEN in str(self.error.get("message", "")).lower():
            return True
        for detail in self._details():
            for violation in detail.get("fieldViolations") or ():
                if isinstance(violation, dict) and violation.get("field") == "message.token":
                    return True
        return False

    def _details(self) -> Iterator[Mapping[str, Any]]:
        return (detail for detail in self.error.get("details") or () if isinstance(detail, dict))


def outcome_of(answer: FcmAnswer, delivery_id: UUID, now: datetime) -> Outcome:
    """Return the outcome of a notification.

    The delivery's id spreads the waits of those that were refused together.
    """
    status = answer.status
    if status == 200:
        if isinstance(answer.body, dict) and answer.body.get("name"):
            return Accepted(status, "accepted")
        # A proxy's page of HTML is no success.
        return Deferred(Reason.RELAY_DOWN, status, "no answer of FCM's", None)
    code = answer.code
    if status == 404 and code == "UNREGISTERED":
        return Rejected(Reason.TOKEN_DEAD, status, code)
    if status == 400 and code == "INVALID_ARGUMENT":
        reason = Reason.TOKEN_DEAD if answer.blames_token else Reason.CONTENT_REFUSED
        return Rejected(reason, status, code)
    if status == 413:
        return Rejected(Reason.TOO_LARGE, status, code)
    if status in (429, 503):
        reason = Reason.RATE_LIMITED if status == 429 else Reason.RELAY_DOWN
        return Deferred(reason, status, code, moment_after(answer.retry_after, delivery_id, now))
    return Deferred(Reason.RELAY_DOWN, status, code, None)


def is_of_another_sender(outcome: Outcome) -> bool:
    """Return whether FCM said that the token belongs to another project than our key."""
    return isinstance(outcome, Deferred) and (outcome.code, outcome.text) == (403, _OTHER_SENDER)


def another_senders(outcome: Outcome, *, key_is_right: bool) -> Outcome:
    """Return what it means that a token is of another project: it is dead where our key is right,
    else it can wait.
    """
    return Rejected(Reason.TOKEN_DEAD, 403, _OTHER_SENDER) if key_is_right else outcome


def is_our_fault(outcome: Outcome) -> bool:
    """Return whether an operator has to act: a key that is refused, a project that is another one,
    a message FCM finds wrong.
    """
    if isinstance(outcome, Rejected):
        return outcome.reason is Reason.CONTENT_REFUSED
    return isinstance(outcome, Deferred) and outcome.code in (400, 401, 403, 404)


def moment_after(retry_after: str | None, delivery_id: UUID, now: datetime) -> datetime | None:
    """Return the moment that Retry-After names (seconds or an HTTP date, RFC 9110 10.2.3), never
    far, a little spread.
    """
    if not retry_after:
        return None
    wait = _wait_of(retry_after.strip(), now)
    if wait is None:
        return None
    spread = wait * JITTER * (delivery_id.int % 1000 / 1000)
    return now + min(wait + spread, LONGEST_WAIT)


def _wait_of(text: str, now: datetime) -> timedelta | None:
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST_WAIT.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(moment - now, timedelta(0)) if moment.tzinfo else None
