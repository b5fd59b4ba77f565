"""One notification, ready to be handed over, and its body as FCM wants it (projects.messages, HTTP v1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dispatch_push.provider.token import Fcm

# How long Google keeps it for a phone that is off: "no school today" must not ring tomorrow.
URGENT_SECONDS = 12 * 3600
NORMAL_SECONDS = 3 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Notification:
    """What one phone gets. Everything but `token` and `link` is the same for all phones of a message."""

    delivery_id: UUID
    token: str
    message_id: UUID
    title: str
    body: str
    link: str
    is_urgent: bool


def payload_of(fcm: Fcm, notification: Notification) -> bytes:
    """Return the request's body; values of `data` are strings, FCM refuses anything else.

    The tag is the message's: should a notification have to go twice, the second takes the first one's place on the screen.
    `data.link` is what My Page's service worker opens; webpush.fcm_options.link would need https even in a rehearsal.
    """
    tag = notification.message_id.hex  # 32 characters, all that a web push Topic may have
    urgent = notification.is_urgent
    seconds = URGENT_SECONDS if urgent else NORMAL_SECONDS
    android: dict[str, Any] = {"priority": "HIGH" if urgent else "NORMAL", "ttl": f"{seconds}s", "notification": {"tag": tag}}
    web = {"Urgency": "high" if urgent else "normal", "TTL": str(seconds), "Topic": tag}
    body: bytes = fcm.parse_payload(
        fcm_token=notification.token,
        notification_title=notification.title,
        notification_body=notification.body,
        data_payload={"link": notification.link, "message": tag},
        android_config=android,
        apns_config={"headers": {"apns-priority": "10" if urgent else "5", "apns-collapse-id": tag}},
        webpush_config={"headers": web},
    )
    return body
