"""The chain that holds the operation log together (RET-6).

The hash of each line is made of the hash before it and of the line, so no line can be changed,
taken out, put in or moved without all hashes after it. A checkpoint is our signature under the
newest of them, which nobody makes anew who hasn't our private key (docs/adr/0031).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from common.canonical import canonical
from common.keys import Keys

BEGINNING = bytes(32)  # stands where the first line of a log has no hash before it
# What a hash covers of a line: all of it, but for the hash itself and for `first_on`, which only
# helps the index that keeps two first confirmations of a day apart.
COVERED = (
    "id",
    "school_id",
    "position",
    "at",
    "action",
    "actor_kind",
    "actor_id",
    "target_kind",
    "target_id",
    "details",
    "under_id",
)
SIGNER = "identity"
# The same key signs tokens and events: neither may pass for a checkpoint.
_PURPOSE = b"renraku checkpoint of the operation log\n"

Line = Mapping[str, Any]


def hash_after(previous: bytes, line: Line) -> bytes:
    """Return the hash of a line that stands behind the hash `previous` (SHA-256, 32 bytes)."""
    content = {name: line[name] for name in COVERED}
    return hashlib.sha256(previous + canonical(content)).digest()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What identity signs of a log: that it ended so at this moment.

    `log_id`: the school's id; the nil UUID for the log without a school. `count`: how many lines
    stand in the log up to `position`.
    """

    log_id: UUID
    position: int
    hash: bytes
    count: int
    signed_at: datetime
    key_id: str
    signature: bytes = b""

    def statement(self) -> bytes:
        """Return the words that are signed."""
        said = {
            "log": self.log_id,
            "position": self.position,
            "hash": self.hash.hex(),
            "count": self.count,
            "signed_at": self.signed_at,
            "key": self.key_id,
        }
        return _PURPOSE + canonical(said)

    def signed(self, keys: Keys) -> Checkpoint:
        """Return it with the signature of identity's own key, which `key_id` must name."""
        return replace(self, signature=keys.sign(self.statement()))

    def is_genuine(self, keys: Keys) -> bool:
        """Return whether identity signed it; raise KeyMissing where its public key is not there."""
        return keys.verify_by(SIGNER, self.key_id, self.statement(), self.signature)

    def is_of_the_same_hour(self, moment: datetime) -> bool:
        """Return whether it was signed in the hour of a later moment."""
        hour = moment.replace(minute=0, second=0, microsecond=0)
        return hour <= self.signed_at <= moment
