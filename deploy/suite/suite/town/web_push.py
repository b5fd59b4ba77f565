"""The push services of the town's browsers (RFC 8030), and the keys that their phones read with.

A phone of the town carries its keys in its own endpoint, …/push/<name>.<key>, so that the browser
in which one tries the product makes them itself and the town keeps nothing. What is brought is
checked as a real push service does (VAPID, RFC 8292; headers), and then read as the phone does
(RFC 8291). How a phone answers is in the first letters of its name, as for FCM.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common import clock

from .phones import NewNotification, Phones

MOST_BYTES = 4096
LONGEST_TOKEN_SECONDS = 24 * 3600
_CURVE = ec.SECP256R1()
_URGENCIES = {"very-low", "low", "normal", "high"}
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_VAPID = re.compile(r"vapid t=([^,\s]+), *k=([A-Za-z0-9_-]+)")


@dataclass(frozen=True)
class Brought:
    """An answer of a push service: its status, why in words, and when to come again."""

    status: int
    why: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    """What came to an endpoint: its origin as the caller named it, headers, and the body."""

    name: str
    origin: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class PhoneKeys:
    """What only the phone knows: its private key, and the secret that it shares with the sender."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    @property
    def public(self) -> bytes:
        key = self.private.public_key()
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> bytes:
        """Return what was sealed for this phone (aes128gcm in one record); raise ValueError."""
        if len(body) < 21 or len(body) < 21 + body[20]:
            raise ValueError("the body is too short")
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        if len(sealed) > size:
            raise ValueError("there is more than one record")
        sender = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs)
        shared = self.private.exchange(ec.ECDH(), sender)
        both = b"WebPush: info\x00" + self.public + theirs
        agreed = _derive(shared, self.auth, both, 32)
        key = _derive(agreed, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derive(agreed, salt, b"Content-Encoding: nonce\x00", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        except InvalidTag:
            raise ValueError("it is sealed for somebody else") from None
        if not padded.endswith(b"\x02"):
            raise ValueError("the last record has no end")
        return padded[:-1]


def _derive(material: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, purpose).derive(material)


def _keys_of(name: str) -> PhoneKeys | None:
    packed = name.partition(".")[2]
    try:
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        number = int.from_bytes(raw[:32], "big")
        private = ec.derive_private_key(number, _CURVE)
    except ValueError:
        return None
    return PhoneKeys(private, raw[32:]) if len(raw) == 48 else None


def shown_name(name: str) -> str:
    """Return by which name the town shows a phone: its keys are nobody's business."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:20]
    return f"{name.partition('.')[0]}-{digest}"


@dataclass
class PushTown:
    """The push service of every browser in the town; every method may be called from any thread.

    `retry_seconds` stands in Retry-After.
    """

    phones: Phones
    retry_seconds: int = 2
    _refusals: Counter[str] = field(default_factory=Counter)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def bring(self, delivery: Delivery) -> Brought:
        """Take a notification for one phone, or say as a push service does why not."""
        keys = _keys_of(delivery.name)
        if keys is None:
            return Brought(404, "there is no such phone")
        fault = _find_fault(delivery)
        if fault is not None:
            return fault
        mood = self._temper(delivery.name)
        if mood is not None:
            return mood
        try:
            words = keys.read(delivery.body)
            told = json.loads(words)
        except ValueError as error:
            why = str(error)
            return Brought(400, why)
        new = _new(delivery, told)
        self.phones.store(new)
        return Brought(201)

    def _temper(self, name: str) -> Brought | None:
        temper = name.partition(".")[0]
        if temper == "gone":
            return Brought(410, "the browser gave its notifications up")
        if temper not in ("busy", "quota"):
            return None
        with self._guard:
            self._refusals[name] += 1
            if self._refusals[name] > 1:
                return None
        status = 503 if temper == "busy" else 429
        return Brought(status, "later", {"Retry-After": str(self.retry_seconds)})


def _find_fault(delivery: Delivery) -> Brought | None:
    """Return what a push service would find wrong with a request; None where it takes it."""
    headers = {name.title(): value for name, value in delivery.headers.items()}
    if not headers.get("Ttl", "").isdigit():
        return Brought(400, "TTL is wanted, a number of seconds (RFC 8030, 5.2)")
    if headers.get("Urgency", "normal") not in _URGENCIES:
        return Brought(400, "Urgency is none of its four words (RFC 8030, 5.3)")
    if not _TOPIC.fullmatch(headers.get("Topic", "x")):
        return Brought(400, "Topic has at most 32 characters of base64url (RFC 8030, 5.4)")
    if headers.get("Content-Encoding") != "aes128gcm":
        return Brought(400, "Content-Encoding must be aes128gcm (RFC 8291)")
    if len(delivery.body) > MOST_BYTES:
        return Brought(413, "the body has more than 4,096 bytes (RFC 8030, 7.2)")
    return _find_fault_of_sender(headers.get("Authorization", ""), delivery.origin)


def _find_fault_of_sender(authorization: str, origin: str) -> Brought | None:
    """Return what is wrong with who sends (RFC 8292): signature, audience, end, contact."""
    given = _VAPID.fullmatch(authorization)
    if given is None:
        return Brought(401, "vapid t=…, k=… is wanted")
    token, packed = given.groups()
    try:
        point = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
        claims = jwt.decode(
            token,
            key,
            algorithms=["ES256"],
            audience=origin,
            options={"require": ["aud", "exp", "sub"]},
        )
    except (ValueError, jwt.InvalidTokenError) as error:
        return Brought(403, f"the sender's token is not good: {error}")
    if claims["exp"] > clock.now().timestamp() + LONGEST_TOKEN_SECONDS:
        return Brought(403, "exp is more than a day away")
    if not str(claims["sub"]).startswith(("mailto:", "https://")):
        return Brought(403, "sub is no contact")
    return None


def _new(delivery: Delivery, told: Mapping[str, Mapping[str, str]]) -> NewNotification:
    shown = told.get("notification", {})
    data = told.get("data", {})
    urgency = delivery.headers.get("Urgency", "")
    is_urgent = urgency == "high"
    raw = json.dumps(told, ensure_ascii=False, sort_keys=True)
    name = shown_name(delivery.name)
    title = shown.get("title", "")
    body = shown.get("body", "")
    link = data.get("link", "")
    tag = data.get("message", "")
    return NewNotification(
        token=name,
        title=title,
        body=body,
        link=link,
        tag=tag,
        is_urgent=is_urgent,
        raw=raw,
    )
