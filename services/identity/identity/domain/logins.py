"""The mail address by which staff and operators sign in.

Its one spelling, its look-up and its sealing.

An account may serve at several schools, and an operator at none, so both are under identity's own
keys and not a school's.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from uuid import UUID, uuid4

from common.crypto import SchoolKey, SealedPlace

_NO_SCHOOL = UUID(int=0)


def normalise_mail(mail: str) -> str:
    """Return the spelling by which a login is found.

    People type full width, capitals and spaces around it.
    """
    return unicodedata.normalize("NFKC", mail).strip().lower()


@dataclass(frozen=True, slots=True)
class Login:
    """A new account's address as it is kept: what it is found by, and the address sealed."""

    account_id: UUID
    index: bytes
    sealed_mail: bytes


@dataclass(frozen=True)
class LoginKey:
    """Identity's own key for login addresses. `material`: 32 bytes (`Keys.secret("login")`)."""

    material: bytes

    def index(self, mail: str) -> bytes:
        """Return the 32 bytes by which a login is found."""
        return self._key.blind_index(normalise_mail(mail))

    def make_login(self, mail: str) -> Login:
        """Return the login of an account to be made."""
        account_id = uuid4()
        return Login(account_id, self.index(mail), self.seal(mail, account_id))

    def seal(self, mail: str, account_id: UUID) -> bytes:
        return self._key.encrypt(normalise_mail(mail), _place(account_id))

    def open(self, sealed: bytes, account_id: UUID) -> str:
        return self._key.decrypt(sealed, _place(account_id))

    @property
    def _key(self) -> SchoolKey:
        return SchoolKey(_NO_SCHOOL, self.material)


@dataclass(frozen=True)
class OperatorKey:
    """Identity's own key for operators, apart from staff's.

    `material`: 32 bytes (`Keys.secret("operators")`). An address that signs in as staff and as
    operator has two indexes, so that tries against the one don't lock the other.
    """

    material: bytes

    def index(self, mail: str) -> bytes:
        """Return the 32 bytes by which an operator is found."""
        return self._key.blind_index(normalise_mail(mail))

    def index_of_codes(self, operator_id: UUID) -> bytes:
        """Return the 32 bytes under which an operator's wrong codes are counted, apart from tries
        to sign in: who guesses codes locks nobody out.
        """
        return self._key.blind_index(f"codes {operator_id}")

    def seal(self, column: str, text: str, operator_id: UUID) -> bytes:
        return self._key.encrypt(text, SealedPlace("operators", column, operator_id))

    def open(self, column: str, sealed: bytes, operator_id: UUID) -> str:
        return self._key.decrypt(sealed, SealedPlace("operators", column, operator_id))

    @property
    def _key(self) -> SchoolKey:
        return SchoolKey(_NO_SCHOOL, self.material)


def _place(account_id: UUID) -> SealedPlace:
    return SealedPlace("accounts", "login_mail", account_id)
