"""The address of an app: a browser's push subscription (RFC 8030, W3C Push API), or a token.

An app is registered with Firebase by a token, or with its browser's own push service by an endpoint
and two keys. The endpoint is an address that a stranger's browser names and that we call: so it may
only lead to a push service of a list, or to the simulated town.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

# The push services of Chrome and Edge on Android, Firefox, Safari, and Edge on Windows. `*.`: any
# name below it, as the browser's maker spreads its machines.
PUSH_SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
LONGEST_ENDPOINT = 2000
KEY_BYTES = 65  # an uncompressed point of P-256
AUTH_BYTES = 16
_UNCOMPRESSED = 4
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_FIREBASE_TOKEN = 4096
_TOKEN = re.compile(r"[A-Za-z0-9_:-]{20,4096}")
_VISIBLE = re.compile(r"[!-~]+")


class SubscriptionRefused(ValueError):
    """What was given is no subscription, or leads to no push service that we call."""


@dataclass(frozen=True, slots=True)
class PushServices:
    """Where endpoints may lead.

    `hosts`: names, by https alone. `town_url`: below which the simulated town answers; "" outside a
    demo.
    """

    hosts: Collection[str] = PUSH_SERVICES
    town_url: str = ""

    def permits(self, endpoint: str) -> bool:
        """Return whether we call an endpoint."""
        is_visible = _VISIBLE.fullmatch(endpoint) is not None
        is_short = len(endpoint) <= LONGEST_ENDPOINT
        is_tricky = "\\" in endpoint or ".." in endpoint
        if is_tricky or not (is_visible and is_short):
            return False
        if self._is_of_town(endpoint):
            return True
        try:
            parts = urlsplit(endpoint)
            port = parts.port
        except ValueError:
            return False
        names_nobody = parts.username is None
        is_usual_port = port in (None, 443)
        is_https = parts.scheme == "https"
        has_path = len(parts.path) > 1
        if not (names_nobody and is_usual_port and is_https and has_path):
            return False
        host = parts.hostname or ""
        return self._names(host.lower())

    def _is_of_town(self, endpoint: str) -> bool:
        if not self.town_url:
            return False
        below = f"{self.town_url.rstrip('/')}/"
        return endpoint.startswith(below)

    def _names(self, host: str) -> bool:
        for known in self.hosts:
            if known.startswith("*.") and host.endswith(known[1:]):
                return True
            if host == known:
                return True
        return False


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser that wants notifications: where to, and the keys that only it can read with.

    `key`: its public key, an uncompressed point of P-256; `auth`: the secret shared with it.
    """

    endpoint: str
    key: bytes
    auth: bytes

    @property
    def host(self) -> str:
        """Return by whom it is brought; its limits act on this."""
        return (urlsplit(self.endpoint).hostname or "").lower()

    @property
    def origin(self) -> str:
        """Return the push service, as a signature of ours names it (RFC 8292, 2)."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    def as_address(self) -> str:
        """Return the one spelling by which it is sealed, and found again."""
        given = {"auth": encode(self.auth), "endpoint": self.endpoint, "p256dh": encode(self.key)}
        return json.dumps(given, separators=(",", ":"), sort_keys=True)


def make_subscription(endpoint: str, p256dh: str, auth: str) -> Subscription:
    """Return a subscription as a browser gave it; raise SubscriptionRefused for what is none."""
    key, secret = _decode(p256dh), _decode(auth)
    if len(key) != KEY_BYTES or key[0] != _UNCOMPRESSED or len(secret) != AUTH_BYTES:
        raise SubscriptionRefused("these are no keys of a subscription")
    return Subscription(endpoint, key, secret)


def find_subscription(address: str) -> Subscription | None:
    """Return the subscription that an app's address is; None for a token of Firebase's.

    Raise SubscriptionRefused for what is neither.
    """
    if not address.startswith("{"):
        return None
    try:
        given = json.loads(address)
        return make_subscription(given["endpoint"], given["p256dh"], given["auth"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SubscriptionRefused("this address is no subscription") from None


def is_firebase_token(text: str) -> bool:
    """Return whether a text may be a token of Firebase's, which refuses any other for malformed."""
    return _TOKEN.fullmatch(text) is not None


def encode(raw: bytes) -> str:
    """Return bytes in base64url without padding, as push services want them (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    if not _BASE64URL.fullmatch(text.rstrip("=")):
        raise SubscriptionRefused("this is no base64url")
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        raise SubscriptionRefused("this is no base64url") from None
