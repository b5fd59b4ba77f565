"""What only one browser can read: aes128gcm under keys agreed with it (RFC 8291, RFC 8188)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.web_push import Subscription

SALT_BYTES = 16
# All that a push service has to carry (RFC 8030, 7.2); the whole body is one record.
RECORD_BYTES = 4096
# Header (16 + 4 + 1 + 65), the delimiter, and the seal.
OVERHEAD_BYTES = 86 + 1 + 16
MOST_BYTES = RECORD_BYTES - OVERHEAD_BYTES
_LAST_RECORD = b"\x02"
_CURVE = ec.SECP256R1()


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(_CURVE)


def _new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


@dataclass(frozen=True, slots=True)
class Seal:
    """What is fresh for each notification: a key pair and a salt."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)
    salt: bytes = field(default_factory=_new_salt)

    @property
    def public(self) -> bytes:
        """Return our key as the browser is told it: an uncompressed point."""
        key = self.key.public_key()
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(subscription: Subscription, words: bytes, seal: Seal | None = None) -> bytes:
    """Return the body of a notification for one browser.

    Raise ValueError for a key that is no point of the curve, or more than MOST_BYTES.
    """
    if len(words) > MOST_BYTES:
        raise ValueError("this is more than a notification may hold")
    seal = seal or Seal()
    agreed = _agree(subscription, seal)
    content_key = _derive(agreed, seal.salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(agreed, seal.salt, b"Content-Encoding: nonce\x00", 12)
    record = words + _LAST_RECORD
    sealed = AESGCM(content_key).encrypt(nonce, record, None)
    return _head(seal) + sealed


def _agree(subscription: Subscription, seal: Seal) -> bytes:
    """Return the secret that only the browser and this notification share (RFC 8291, 3.4)."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, subscription.key)
    shared = seal.key.exchange(ec.ECDH(), theirs)
    both = b"WebPush: info\x00" + subscription.key + seal.public
    return _derive(shared, subscription.auth, both, 32)


def _head(seal: Seal) -> bytes:
    """Return what stands before the one record (RFC 8188, 2.1)."""
    size = RECORD_BYTES.to_bytes(4, "big")
    length = len(seal.public).to_bytes(1, "big")
    return seal.salt + size + length + seal.public


def _derive(material: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, purpose).derive(material)
