"""The mail address by which staff sign in: its one spelling, its look-up and its sealing.

An account may serve at several schools, so its address is under identity's own key and not a school's.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from uuid import UUID

from common.crypto import Place, SchoolKey

_NO_SCHOOL = UUID(int=0)


def normalise_mail(mail: str) -> str:
    """Return the spelling by which a login is found: people type full width, capitals and spaces around it."""
    return unicodedata.normalize("NFKC", mail).strip().lower()


@dataclass(frozen=True)
class LoginKey:
    """Identity's own key for login addresses. `material`: 32 bytes (`Keys.secret("login")`)."""

    material: bytes

    def index(self, mail: str) -> bytes:
        """Return the 32 bytes by which a login is found."""
        return self._key.blind_index(normalise_mail(mail))

    def index_of_address(self, remote_address: str) -> bytes:
        """Return 32 bytes that stand for a remote address, which itself is not kept."""
        return self._key.blind_index(f"remote {remote_address}")

    def seal(self, mail: str, account_id: UUID) -> bytes:
        return self._key.encrypt(normalise_mail(mail), _place(account_id))

    def open(self, sealed: bytes, account_id: UUID) -> str:
        return self._key.decrypt(sealed, _place(account_id))

    @property
    def _key(self) -> SchoolKey:
        return SchoolKey(_NO_SCHOOL, self.material)


def _place(account_id: UUID) -> Place:
    return Place("accounts", "login_mail", account_id)
