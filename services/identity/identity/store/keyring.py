"""The keyring: one file per school with its data key, wrapped by the key-encryption key.

It lies apart from every database and backup. Destroying a school's key rewrites its file without
the key: what remains is its fingerprint, for the erasure certificate.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.crypto import NONCE_BYTES, SchoolKey, Undecipherable
from common.errors import NotFound, Refused

LIVE, DESTROYED = "live", "destroyed"


class KeyDestroyed(Refused):
    """The school's key was destroyed: what it sealed can't be read any more, by anybody."""

    def __init__(self) -> None:
        super().__init__("key_destroyed", "This school's key was destroyed.")


@dataclass(frozen=True)
class Keyring:
    """The folder of school keys. `kek`: 32 bytes that wrap each of them."""

    folder: Path
    kek: bytes = field(repr=False)

    def create(self, school_id: UUID, now: datetime) -> SchoolKey:
        """Make a school's key, or return the one it has.

        A school that failed to be stored may be tried again.
        """
        if self._path(school_id).exists():
            return self.get(school_id)
        material = os.urandom(32)
        nonce = os.urandom(NONCE_BYTES)
        wrapped = nonce + AESGCM(self.kek).encrypt(nonce, material, school_id.bytes)
        self._write(
            school_id,
            {
                "school_id": str(school_id),
                "version": 1,
                "state": LIVE,
                "wrapped": base64.b64encode(wrapped).decode(),
                "fingerprint": hashlib.sha256(material).hexdigest(),
                "created_at": now.isoformat(),
                "destroyed_at": None,
            },
        )
        return SchoolKey(school_id, material)

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
        try:
            material = AESGCM(self.kek).decrypt(nonce, sealed, school_id.bytes)
        except InvalidTag:
            raise Undecipherable(f"the key of school {school_id}") from None
        return material, int(entry["version"])

    def destroy(self, school_id: UUID, now: datetime) -> str:
        """Destroy a school's key for good and return its fingerprint.

        Once destroyed nothing changes. Raises NotFound.
        """
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
        """Write a file so that after a power cut it is the old one or the new one, whole."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(school_id)
        scratch = path.with_suffix(f".{os.getpid()}.new")
        write_anew = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        descriptor = os.open(scratch, write_anew, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(entry, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
