"""This house's own key: seals what belongs to no school (an account's secrets, what a webhook told
before a school is known).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, UUID, uuid5

from common.crypto import SchoolKey, SealedPlace, derive


@dataclass(frozen=True, slots=True)
class OwnKey:
    """`material`: 32 bytes (`Keys.secret("accounts")`); all is bound to the account it is of."""

    material: bytes = field(repr=False)

    def index(self, account_id: UUID, user_id: str) -> bytes:
        """Return 32 bytes that stand for a user in an account's talks and say nothing of them."""
        material = derive(self.material, "talks")
        whose = f"{account_id}|{user_id}".encode()
        return hmac.digest(material, whose, hashlib.sha256)

    def seal(self, account_id: UUID, column: str, text: str, row: str = "") -> bytes:
        """Return a text sealed for one column of an account (or of one of its rows)."""
        return SchoolKey(account_id, self.material).encrypt(text, _place(account_id, column, row))

    def open(self, account_id: UUID, column: str, sealed: bytes, row: str = "") -> str:
        """Return the text; raises Undecipherable."""
        return SchoolKey(account_id, self.material).decrypt(sealed, _place(account_id, column, row))


def _place(account_id: UUID, column: str, row: str) -> SealedPlace:
    return SealedPlace("line", column, uuid5(NAMESPACE_OID, row) if row else account_id)
