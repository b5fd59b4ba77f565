"""The keyring: one file per school with its data key, wrapped by the key-encryption key.

It lies apart from every database and backup. Destroying a school's key rewrites its file without
the key: what remains is its fingerprint, for the erasure certificate.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.crypto import NONCE_BYTES, SchoolKey, Undecipherable
from common.errors import NotFound, Refused
from common.files import write_whole

LIVE, DESTROYED = "live", "destroyed"


class KeyDestroyed(Refused):
    """The school's key was destroyed: what it sealed can't be read any more, by anybody."""

    def __init__(self) -> None:
        super().__init__("key_destroyed", "This school's key was destroyed.")


@dataclass(frozen=True)
class Keyring:
    """The folder of school keys.

    `keks`: gives the keys of 32 bytes that wrap them, the one that wraps now first; there are two
    while they are being replaced.
    """

    folder: Path
    keks: Callable[[], Sequence[bytes]] = field(repr=False)

    def create(self, school_id: UUID, now: datetime) -> SchoolKey:
        """Make a school's key, or return the one it has.

        A school that failed to be stored may be tried again.
        """
        with self._alone():
            if self._path(school_id).exists():
                return self.get(school_id)
            material = os.urandom(32)
            self._write(
                school_id,
                {
                    "school_id": str(school_id),
                    "version": 1,
                    "state": LIVE,
                    "wrapped": self._wrap(school_id, material),
                    "fingerprint": hashlib.sha256(material).hexdigest(),
                    "created_at": now.isoformat(),
                    "destroyed_at": None,
                },
            )
        return SchoolKey(school_id, material)

    def _wrap(self, school_id: UUID, material: bytes) -> str:
        nonce = os.urandom(NONCE_BYTES)
        wrapped = nonce + AESGCM(self.keks()[0]).encrypt(nonce, material, school_id.bytes)
        return base64.b64encode(wrapped).decode()

    def get(self, school_id: UUID) -> SchoolKey:
        """Return a school's key.

        Raise NotFound, KeyDestroyed, or Undecipherable when the key-encryption key is another.
        """
        return SchoolKey(school_id, self.unwrap(school_id)[0])

    def unwrap(self, school_id: UUID) -> tuple[bytes, int]:
        """Return the 32 bytes of a school's key and its version; raises as `get`."""
        entry = self.entry(school_id)
        if entry["state"] == DESTROYED:
            raise KeyDestroyed()
        wrapped = base64.b64decode(entry["wrapped"], validate=True)
        nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        for kek in self.keks():
            with suppress(InvalidTag):
                material = AESGCM(kek).decrypt(nonce, sealed, school_id.bytes)
                return material, int(entry["version"])
        raise Undecipherable(f"the key of school {school_id}")

    def wrap_anew(self) -> int:
        """Wrap each school's key by the key that wraps now; return how many there are.

        Raise Undecipherable for one that none of the keys unwraps. One that was destroyed stays so.
        """
        count = 0
        # Whoever makes a key just now has it written first: one that was missed here could be
        # opened by nothing once the old key is gone.
        with self._alone():
            paths = sorted(self.folder.glob("*.json"))
        for path in paths:
            school_id = UUID(path.stem)
            with self._alone():
                entry = self.entry(school_id)
                if entry["state"] == LIVE:
                    material, _ = self.unwrap(school_id)
                    self._write(school_id, {**entry, "wrapped": self._wrap(school_id, material)})
                    count += 1
        return count

    def destroy(self, school_id: UUID, now: datetime) -> str:
        """Destroy a school's key for good and return its fingerprint.

        Once destroyed nothing changes. Raises NotFound.
        """
        with self._alone():
            entry = self.entry(school_id)
            if entry["state"] == LIVE:
                self._write(
                    school_id,
                    {**entry, "state": DESTROYED, "wrapped": None, "destroyed_at": now.isoformat()},
                )
        return str(entry["fingerprint"])

    def entry(self, school_id: UUID) -> dict[str, Any]:
        """Return what the keyring says of a school; raise NotFound."""
        try:
            entry: dict[str, Any] = json.loads(self._path(school_id).read_bytes())
        except FileNotFoundError:
            raise NotFound() from None
        return entry

    def _path(self, school_id: UUID) -> Path:
        return self.folder / f"{school_id}.json"

    def _write(self, school_id: UUID, entry: dict[str, Any]) -> None:
        write_whole(self._path(school_id), json.dumps(entry, indent=1).encode())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from writing meanwhile.

        Wrapped anew from what was read before, a key that was just destroyed would be back.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
