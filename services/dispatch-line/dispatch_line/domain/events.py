"""What LINE tells by webhook, read without trust: what has not the form of an event that matters
here is passed over.

Source: https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from dispatch_line.domain.talk_state import kept_of

USER_ID = re.compile(r"U[0-9a-f]{32}")
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{43}=")
_FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = 253_402_300_799_000  # the end of the year 9999
_LONGEST_ID = 64


class WebhookKind(StrEnum):
    POSTBACK = "postback"  # a button was tapped
    MESSAGE = "message"  # something was typed or sent
    FOLLOW = "follow"  # added as a friend, or a block ended
    UNFOLLOW = "unfollow"  # blocked
    ACCOUNT_LINK = "accountLink"  # pressed in the dialog that links


@dataclass(frozen=True, slots=True)
class TalkEvent:
    """One event. `data`: what a tapped button carries, the nonce of a link that LINE found in
    order, or of what was typed a word of ours and what may be a number of a sheet. All else that
    people type is never kept.
    """

    id: str
    kind: WebhookKind
    user_id: str
    occurred_at: datetime
    reply_token: str | None
    data: str | None = field(repr=False)

    def dump(self) -> str:
        """Return it as text, to be sealed."""
        return json.dumps({**asdict(self), "occurred_at": self.occurred_at.isoformat()})

    @classmethod
    def load(cls, text: str) -> TalkEvent:
        """Return the event of a text that `dump` made."""
        values = json.loads(text)
        moment = datetime.fromisoformat(values.pop("occurred_at"))
        return cls(**{**values, "kind": WebhookKind(values["kind"])}, occurred_at=moment)


def looks_signed(signature: str) -> bool:
    """Return whether X-Line-Signature has the form of a signature at all: 32 bytes in base64."""
    return _SIGNATURE.fullmatch(signature) is not None


def signature_holds(secret: str, body: bytes, signature: str) -> bool:
    """Return whether the raw body was signed with the channel's secret (X-Line-Signature), in
    constant time.
    """
    expected = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256))
    return hmac.compare_digest(expected, signature.encode("utf-8", "replace"))


def read_events(body: bytes) -> list[TalkEvent]:
    """Return the events of a webhook's body that matter here; signed nonsense gives none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    events = document.get("events") if isinstance(document, dict) else None
    found = [_read_event(event) for event in events] if isinstance(events, list) else []
    return list({event.id: event for event in found if event is not None}.values())


def _read_event(event: Any) -> TalkEvent | None:
    if (
        not isinstance(event, dict)
        or event.get("mode") != "active"
        or event.get("type") not in [kind.value for kind in WebhookKind]
    ):
        return None
    event_id = event.get("webhookEventId")
    moment = event.get("timestamp")
    source = event.get("source")
    user_id = _user_of(source)
    if not (
        isinstance(event_id, str) and 0 < len(event_id) <= _LONGEST_ID and event_id.isprintable()
    ):
        return None
    if user_id is None or not USER_ID.fullmatch(user_id):
        return None
    if type(moment) is not int or not 0 <= moment <= _LAST_MILLISECOND:
        return None
    since_first = timedelta(milliseconds=moment)
    occurred_at = _FIRST_MOMENT + since_first
    reply_token = _text(event.get("replyToken"))
    return TalkEvent(
        event_id,
        WebhookKind(event["type"]),
        user_id,
        occurred_at,
        reply_token,
        _data_of(event),
    )


def _data_of(event: dict[str, Any]) -> str | None:
    """Return what an event carries."""
    postback = event.get("postback")
    if isinstance(postback, dict):
        return _text(postback.get("data"))
    message = event.get("message")
    if isinstance(message, dict) and message.get("type") == "text":
        typed = _text(message.get("text"))
        return kept_of(typed) if typed else None
    link = event.get("link")
    if isinstance(link, dict) and link.get("result") == "ok":
        return _text(link.get("nonce"))
    return None


def _user_of(source: Any) -> str | None:
    """Return who did it in a talk of their own.

    In a group or a room all members would read the answer: there it is nobody.
    """
    if not isinstance(source, dict) or source.get("type") != "user":
        return None
    return _text(source.get("userId"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
