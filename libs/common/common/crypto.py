"""Encryption of what is personal, blind indexes to look it up, and the tokens that stand in links.

One data key per school. AES-256-GCM with associated data that binds a ciphertext to its school,
table, column and row, so that it can't be moved elsewhere unseen. Equality look-up by HMAC-SHA256
under a key of its own. Destroying the school's key makes every copy of its addresses unreadable
(trust.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common.cache import Bounded

NONCE_BYTES = 12
MAC_BYTES = 16
KEPT_KEYS = 256
KEPT_SECONDS = 600.0
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Undecipherable(Exception):
    """The ciphertext was not made by this key for this place, or was changed."""


def derive(secret: bytes, label: str) -> bytes:
    """Return a 32-byte key for one purpose out of a longer-lived secret (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label.encode()).derive(secret)


class SealedPlace(NamedTuple):
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
        # Written here once: every address that is opened needs it.
        object.__setattr__(self, "_school", str(self.school_id))
        object.__setattr__(self, "_aead", AESGCM(derive(self.material, "encrypt")))
        object.__setattr__(self, "_index_key", derive(self.material, "index"))

    def encrypt(self, text: str, place: SealedPlace) -> bytes:
        """Return nonce + ciphertext + tag of a text that will live at `place`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode(), place.bound_to(self._school))

    def decrypt(self, sealed: bytes, place: SealedPlace) -> str:
        """Return the text.

        Raises Undecipherable if it was sealed elsewhere, by another key, or changed.
        """
        nonce = sealed[:NONCE_BYTES]
        ciphertext = sealed[NONCE_BYTES:]
        try:
            plain = self._aead.decrypt(nonce, ciphertext, place.bound_to(self._school))
        except (InvalidTag, ValueError):
            raise Undecipherable(f"{place.table}.{place.column}") from None
        return plain.decode()

    def blind_index(self, text: str) -> bytes:
        """Return 32 bytes that are equal for equal texts and tell nothing else without the key."""
        return hmac.digest(self._index_key, text.encode(), hashlib.sha256)


# A message's link key must not outlive its school.
_keyed_macs = Bounded[bytes, HMAC](most=KEPT_KEYS, seconds=KEPT_SECONDS)


def _keyed(key: bytes) -> HMAC:
    """Return an HMAC to be copied: it has taken its key in, which costs more than to sign."""
    found = _keyed_macs.get(key)
    if found is None:
        found = HMAC(key, SHA256())
        _keyed_macs.put(key, found)
    return found


class LinkMaker:
    """Makes tokens of one purpose whose first ids are the same.

    One is made for every recipient, so each takes a few microseconds only.
    What differs comes last: one id, or two (who reads, and by which contact point). A token is
    URL-safe and names its ids; its signature binds it to its purpose, so that one for one page
    opens no other.
    """

    def __init__(self, key: bytes, purpose: str, *same: UUID) -> None:
        self._same = _joined(same)
        self._mac = _keyed(key).copy()
        self._mac.update(purpose.encode() + self._same)

    def mac(self, *last: UUID) -> bytes:
        """Return the signature alone."""
        return self._sign(_joined(last))

    def link(self, *last: UUID) -> str:
        """Return the token."""
        own = _joined(last)
        raw = self._same + own + self._sign(own)
        return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()

    def _sign(self, own: bytes) -> bytes:
        mac = self._mac.copy()
        mac.update(own)
        return mac.finalize()[:MAC_BYTES]


def _joined(ids: tuple[UUID, ...]) -> bytes:
    return b"".join([one.bytes for one in ids])


def make_link(key: bytes, purpose: str, *ids: UUID) -> str:
    """Return one token that names `ids` for one purpose."""
    return LinkMaker(key, purpose, *ids[:-1]).link(ids[-1])


def parse_link(token: str, count: int) -> tuple[tuple[UUID, ...], bytes] | None:
    """Return the ids and the signature that a token claims, unchecked.

    None if it has not the form of a token.
    """
    padded = token + "=" * (-len(token) % 4)
    try:
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    ids_end = 16 * count
    if len(raw) != ids_end + MAC_BYTES:
        return None
    as_we_write_it = base64.urlsafe_b64encode(raw).rstrip(b"=")
    if len(token) != len(as_we_write_it):
        return None
    ids = tuple(UUID(bytes=raw[start : start + 16]) for start in range(0, ids_end, 16))
    return ids, raw[-MAC_BYTES:]


def link_holds(key: bytes, purpose: str, ids: tuple[UUID, ...], mac: bytes) -> bool:
    """Return whether the signature is ours, in constant time."""
    return hmac.compare_digest(LinkMaker(key, purpose, *ids[:-1]).mac(ids[-1]), mac)
