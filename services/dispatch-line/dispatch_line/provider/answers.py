"""What LINE's answers mean.

Source: https://developers.line.biz/en/docs/messaging-api/retrying-api-request and
/en/reference/messaging-api/#error-responses. A 429 is the rate, too many at once, or the month's
quota: only its body tells which, and only the quota is final.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.delivery.outcomes import Accepted, Deferred, Outcome, Reason, Rejected, Unknown

PAUSE_RATE = timedelta(seconds=2)
PAUSE_DOWN = timedelta(seconds=10)
PAUSE_ACCOUNT = timedelta(seconds=60)
_BAD_RECIPIENT = re.compile(r"\bto\[(\d{1,3})\]")
_MONTHLY = "monthly limit"
_TEXT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class BadRecipients:
    """The request was refused as a whole because of some of its user ids, given by their places."""

    places: frozenset[int]


Answer = Outcome | BadRecipients


def answer_to_success(status: int, headers: Mapping[str, str], body: str) -> Outcome:
    """Return what a 2xx means: a success only if LINE said it, not a proxy in between."""
    request_id = headers.get("x-line-request-id")
    if request_id and "json" in headers.get("content-type", ""):
        return Accepted(status, request_id)
    return Unknown(f"{status} without the signs of LINE: {body[:_TEXT_LIMIT]}")


def answer_to_refusal(status: int, headers: Mapping[str, str], body: str, now: datetime) -> Answer:
    """Return what any other status means."""
    text = _message(body)
    accepted_id = headers.get("x-line-accepted-request-id")
    if status == 409 and accepted_id:
        return Accepted(status, accepted_id)
    if status == 429:
        return _answer_to_too_many(text, now)
    # The account's token: a person has to mend it, and then everything may still go.
    if status in (401, 403):
        return Deferred(Reason.RELAY_DOWN, status, text, now + PAUSE_ACCOUNT)
    if status >= 500 or status in (408, 409):
        return Unknown(f"{status} {text}")
    if status == 400 and _BAD_RECIPIENT.search(body):
        return BadRecipients(_places_named_in(body))
    reason = Reason.TOO_LARGE if status == 413 else Reason.CONTENT_REFUSED
    return Rejected(reason, status, text)


def _answer_to_too_many(text: str, now: datetime) -> Outcome:
    if _MONTHLY in text.lower():
        return Rejected(Reason.QUOTA_REACHED, 429, text)
    return Deferred(Reason.RATE_LIMITED, 429, text, now + PAUSE_RATE)


def _places_named_in(body: str) -> frozenset[int]:
    return frozenset(int(place) for place in _BAD_RECIPIENT.findall(body))


def _message(body: str) -> str:
    try:
        return str(json.loads(body)["message"])[:_TEXT_LIMIT]
    except (ValueError, KeyError, TypeError):
        return body[:_TEXT_LIMIT]
