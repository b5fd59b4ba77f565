"""One notification, ready to be handed over, and its body as FCM wants it (projects.messages, HTTP
v1).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from common.cache import Bounded
from common.web.contents import KEPT_MESSAGES, KEPT_SECONDS
from dispatch_push.provider.token import Fcm

# How long Google keeps it for a phone that is off: "no school today" must not ring tomorrow.
URGENT_SECONDS = 12 * 3600
NORMAL_SECONDS = 3 * 24 * 3600

# A school, one of its messages, its title and body, and whether it is urgent.
Shared = tuple[UUID, UUID, str, str, bool]
Parts = tuple[bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Notification:
    """What one phone gets.

    Everything but `token` and `link` is the same for all phones of a message.
    """

    delivery_id: UUID
    token: str
    school_id: UUID
    message_id: UUID
    title: str
    body: str
    link: str
    is_urgent: bool


class Payloads:
    """Requests' bodies.

    What the phones of a message share is encoded by pyfcm once, and each phone's token and link are
    put into it: otherwise the same words would be encoded for every phone of the school.
    """

    def __init__(self, fcm: Fcm) -> None:
        self._fcm = fcm
        self._shared = Bounded[Shared, Parts](most=KEPT_MESSAGES, seconds=KEPT_SECONDS)

    def body_of(self, notification: Notification) -> bytes:
        """Return the body of one notification's request."""
        shared = (
            notification.school_id,
            notification.message_id,
            notification.title,
            notification.body,
            notification.is_urgent,
        )
        parts = self._shared.get(shared)
        if parts is None:
            parts = _parts_of(self._fcm, notification)
            self._shared.put(shared, parts)
        before, between, after = parts
        return b"".join(
            (before, _text(notification.link), between, _text(notification.token), after)
        )


def _text(value: str) -> bytes:
    return json.dumps(value).encode()


def _parts_of(fcm: Fcm, notification: Notification) -> Parts:
    """Return what stands before the link, between link and token (pyfcm sorts names: data, token),
    and after the token.

    Values of `data` are strings, FCM refuses anything else. The tag is the message's: should a
    notification have to go twice, the second takes the first one's place on the screen. `data.link`
    is what My Page's service worker opens; webpush.fcm_options.link would need https even in a
    rehearsal.
    """
    tag = notification.message_id.hex  # 32 characters, all that a web push Topic may have
    urgent = notification.is_urgent
    seconds = URGENT_SECONDS if urgent else NORMAL_SECONDS
    link, token = f"link-{uuid4()}", f"token-{uuid4()}"  # nobody's text can hold these
    android: dict[str, Any] = {
        "priority": "HIGH" if urgent else "NORMAL",
        "ttl": f"{seconds}s",
        "notification": {"tag": tag},
    }
    web = {"Urgency": "high" if urgent else "normal", "TTL": str(seconds), "Topic": tag}
    whole: bytes = fcm.parse_payload(
        fcm_token=token,
        notification_title=notification.title,
        notification_body=notification.body,
        data_payload={"link": link, "message": tag},
        android_config=android,
        apns_config={
            "headers": {
                "apns-priority": "10" if urgent else "5",
                "apns-collapse-id": tag,
            }
        },
        webpush_config={"headers": web},
    )
    before, rest = whole.split(_text(link))
    between, after = rest.split(_text(token))
    return before, between, after
