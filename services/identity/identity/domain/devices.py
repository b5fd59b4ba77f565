"""Devices that have signed in before, known again by a cookie.

Strangers can't fill the count of a device, so they can't lock out who sits before it (OWASP, "Slow
Down Online Guessing Attacks with Device Cookies"). A device is a browser; whoever clears its
cookies has a new one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

# Browsers keep no cookie for longer (RFC 6265bis, 5.5).
LIVES = timedelta(days=400)
# Those who share a computer in a staff room: the last so many are known on it.
MOST_LOGINS = 8
_NONCE_BYTES = 12
_MOMENT_BYTES = 4
_MAC_BYTES = 16
_BODY_BYTES = _NONCE_BYTES + _MOMENT_BYTES
_TOKEN_BYTES = _BODY_BYTES + _MAC_BYTES
_TOKEN_LETTERS = 43
LONGEST_COOKIE = MOST_LOGINS * (_TOKEN_LETTERS + 1)


@dataclass(frozen=True, slots=True)
class _Token:
    """That a device has signed in to one login; which one, only its MAC can tell."""

    body: bytes
    mac: bytes

    @classmethod
    def read(cls, text: str) -> _Token | None:
        """Return what a text claims, unchecked; None if it has not the form of a token."""
        try:
            raw = base64.urlsafe_b64decode(text + "=")
        except (binascii.Error, ValueError):
            return None
        if len(raw) != _TOKEN_BYTES:
            return None
        return cls(raw[:_BODY_BYTES], raw[_BODY_BYTES:])

    @property
    def text(self) -> str:
        return base64.urlsafe_b64encode(self.body + self.mac).rstrip(b"=").decode()

    @property
    def nonce(self) -> bytes:
        return self.body[:_NONCE_BYTES]

    def is_alive(self, now: datetime) -> bool:
        ends_at = int.from_bytes(self.body[_NONCE_BYTES:], "big")
        return now < datetime.fromtimestamp(ends_at, UTC)


@dataclass(frozen=True)
class DeviceKey:
    """Identity's own key for devices' cookies, of each kind of people its own.

    `material`: 32 bytes (`Keys.secret("devices of staff")`).
    """

    material: bytes = field(repr=False)

    def find(self, cookie: str | None, login_index: bytes, *, now: datetime) -> bytes | None:
        """Return by what a device that has signed in to this login before is known; None: never.

        `cookie`: as the browser sent it, whoever made it.
        """
        for token in _tokens_of(cookie):
            if token.is_alive(now) and self._is_ours(token, login_index):
                return token.nonce
        return None

    def give(self, cookie: str | None, login_index: bytes, *, now: datetime) -> str:
        """Return the cookie of a device on which this login has just been signed in to.

        What it held of other logins stays in it.
        """
        ends_at = int((now + LIVES).timestamp())
        body = os.urandom(_NONCE_BYTES) + ends_at.to_bytes(_MOMENT_BYTES, "big")
        tokens = [_Token(body, self._mac(body, login_index))]
        for token in _tokens_of(cookie):
            if token.is_alive(now) and not self._is_ours(token, login_index):
                tokens.append(token)
        return ".".join(token.text for token in tokens[:MOST_LOGINS])

    def _is_ours(self, token: _Token, login_index: bytes) -> bool:
        return hmac.compare_digest(token.mac, self._mac(token.body, login_index))

    def _mac(self, body: bytes, login_index: bytes) -> bytes:
        return hmac.digest(self.material, login_index + body, hashlib.sha256)[:_MAC_BYTES]


def _tokens_of(cookie: str | None) -> Iterator[_Token]:
    for text in (cookie or "").split(".")[:MOST_LOGINS]:
        token = _Token.read(text)
        if token is not None:
            yield token
