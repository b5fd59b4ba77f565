"""What a person does in a talk, told to the account's webhook, signed as LINE signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

import httpx

from common import clock

from .talks import Channel

TIMEOUT = httpx.Timeout(5.0)
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a ULID


def make_event(kind: str, user_id: str, **more: Any) -> dict[str, Any]:
    """Return an event that occurs now in a person's own talk, with an id of its own."""
    return {
        "type": kind,
        "mode": "active",
        "timestamp": int(clock.now().timestamp() * 1000),
        "webhookEventId": "".join(secrets.choice(_LETTERS) for _ in range(26)),
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": user_id},
        **more,
    }


def sign(secret: str, body: bytes) -> str:
    """Return the X-Line-Signature of a raw body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def tell(channel: Channel, *events: dict[str, Any]) -> int:
    """Send events to the account's webhook; return its HTTP status, 0 when nobody answers."""
    document = {
        "destination": "U" + "0" * 32,
        "events": list(events),
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Line-Signature": sign(channel.secret, body),
    }
    try:
        with httpx.Client(timeout=TIMEOUT, trust_env=False) as client:
            return client.post(channel.webhook_url, content=body, headers=headers).status_code
    except httpx.TransportError:
        return 0
