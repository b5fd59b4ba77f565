"""By whom a notification is sent, signed for each push service (VAPID, RFC 8292)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from common.web_push import encode

# A push service takes a day at most; Apple's counts from its own clock, so not all of it.
LIFE = timedelta(hours=12)
EARLY = timedelta(hours=1)


class VapidKeyRefused(Exception):
    """The file of the key is missing or is none."""


@dataclass(frozen=True, slots=True)
class _Signed:
    header: str
    good_until: datetime


class Vapid:
    """Our key towards push services. `contact`: mailto: or https:, whom they tell of trouble."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self._key = key
        self._contact = contact
        self._signed: dict[str, _Signed] = {}

    @property
    def public_key(self) -> str:
        """Return by which key a browser subscribes, as its script wants it."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return encode(point)

    def header(self, origin: str, now: datetime) -> str:
        """Return the Authorization for one push service, signed anew every half day."""
        held = self._signed.get(origin)
        if held is None or now >= held.good_until:
            held = self._sign(origin, now)
            self._signed[origin] = held
        return held.header

    def _sign(self, origin: str, now: datetime) -> _Signed:
        until = now + LIFE
        claims = {"aud": origin, "exp": int(until.timestamp()), "sub": self._contact}
        token = jwt.encode(claims, self._key, algorithm="ES256")
        return _Signed(f"vapid t={token}, k={self.public_key}", until - EARLY)


def read_vapid(file: Path, contact: str) -> Vapid:
    """Return the operator's key; raise VapidKeyRefused, saying what is wrong."""
    name = "RENRAKU_WEB_PUSH_KEY_FILE"
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        why = type(error).__name__
        raise VapidKeyRefused(f"{name}: {file} can't be read as a PEM key ({why})") from None
    is_right = isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1"
    if not is_right:
        raise VapidKeyRefused(f"{name}: {file} holds no private key of the curve P-256")
    if not contact.startswith(("mailto:", "https://")):
        raise VapidKeyRefused("RENRAKU_WEB_PUSH_CONTACT: mailto:… or https://… is wanted")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Vapid(key, contact)
