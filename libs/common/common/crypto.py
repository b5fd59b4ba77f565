"""Encryption of what is personal, blind indexes to look it up, and the short tokens that stand in links.

One data key per school. AES-256-GCM with associated data that binds a ciphertext to its school, table, column and row, so that it
can't be moved elsewhere unseen. Equality look-up by HMAC-SHA256 under a key of its own. Destroying the school's key makes every
copy of its addresses unreadable (trust.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
MAC_BYTES = 16


class Undecipherable(Exception):
    """The ciphertext was not made by this key for this place, or was changed."""


def derive(secret: bytes, label: str) -> bytes:
    """Return a 32-byte key for one purpose out of a longer-lived secret (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(secret)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ciphertext lives: the associated data of its encryption."""

    table: str
    column: str
    row: UUID

    def bound_to(self, school: str) -> bytes:
        return f"{school}|{self.table}|{self.column}|{self.row}".encode()


@dataclass(frozen=True)
class SchoolKey:
    """A school's data key, as held in memory for at most five minutes. `material`: 32 bytes."""

    school_id: UUID
    material: bytes = field(repr=False)
    _school: str = field(init=False, repr=False, compare=False)
    _aead: AESGCM = field(init=False, repr=False, compare=False)
    _index_key: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_school", str(self.school_id))  # written once, not for every address
        object.__setattr__(self, "_aead", AESGCM(derive(self.material, "encrypt")))
        object.__setattr__(self, "_index_key", derive(self.material, "index"))

    def encrypt(self, text: str, place: Place) -> bytes:
        """Return nonce + ciphertext + tag of a text that will live at `place`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode(), place.bound_to(self._school))

    def decrypt(self, sealed: bytes, place: Place) -> str:
        """Return the text; raise Undecipherable if it was sealed elsewhere, by another key, or changed."""
        try:
            plain = self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.bound_to(self._school))
        except (InvalidTag, ValueError):
            raise Undecipherable(f"{place.table}.{place.column}") from None
        return plain.decode()

    def blind_index(self, text: str) -> bytes:
        """Return 32 bytes that are equal for equal texts and tell nothing else without the key."""
        return hmac.digest(self._index_key, text.encode(), hashlib.sha256)


@lru_cache(maxsize=256)
def _keyed(key: bytes) -> hmac.HMAC:
    """Return an HMAC that has taken its key in; signing by a copy of it makes a link a quarter cheaper."""
    return hmac.new(key, digestmod="sha256")


def link_mac(key: bytes, purpose: str, ids: tuple[UUID, ...]) -> bytes:
    """Return the signature of a link: bound to its purpose, so that a token for one page opens no other."""
    return _signed(key, purpose, b"".join([i.bytes for i in ids]))


def _signed(key: bytes, purpose: str, raw_ids: bytes) -> bytes:
    mac = _keyed(key).copy()
    mac.update(purpose.encode() + raw_ids)
    return mac.digest()[:MAC_BYTES]


def make_link(key: bytes, purpose: str, *ids: UUID) -> str:
    """Return a URL-safe token that names `ids` for one purpose; 5 µs, so it can be made per recipient."""
    raw_ids = b"".join([i.bytes for i in ids])
    return base64.urlsafe_b64encode(raw_ids + _signed(key, purpose, raw_ids)).rstrip(b"=").decode()


def parse_link(token: str, count: int) -> tuple[tuple[UUID, ...], bytes] | None:
    """Return the ids and the signature that a token claims, unchecked, or None if it has not the form of one."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 * count + MAC_BYTES or len(token) != len(base64.urlsafe_b64encode(raw).rstrip(b"=")):
        return None
    return tuple(UUID(bytes=raw[16 * i : 16 * i + 16]) for i in range(count)), raw[-MAC_BYTES:]


def link_holds(key: bytes, purpose: str, ids: tuple[UUID, ...], mac: bytes) -> bool:
    """Return whether the signature is ours, in constant time."""
    return hmac.compare_digest(link_mac(key, purpose, ids), mac)
