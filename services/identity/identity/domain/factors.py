"""Second factors of staff beside the password (ID-6): who must have one, and recovery codes.

A factor is an authenticator app or a passkey. Who has one has recovery codes too, each for once,
for the day on which the telephone is lost.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from common.crypto import SchoolKey, SealedPlace
from common.errors import NotAllowed, Refused
from common.passwords import READABLE
from identity.domain.copied import fold_copied
from identity.domain.words import FactorFor, Role

MOST_FACTORS = 10
RECOVERY_CODES = 10
# Two groups of five are 49 bits: enough where tries are counted, and short enough for a slip.
_GROUPS, _GROUP_LETTERS = 2, 5
# Whoever sits down at somebody's open page changes no factors: so long counts the password that
# was typed last.
SURE_FOR = timedelta(minutes=10)
# What a browser is given for it (`timeout`), and what the session waits.
CHALLENGE_FOR = timedelta(minutes=5)
_NO_SCHOOL = UUID(int=0)


class FactorWrong(NotAllowed):
    """The code or the passkey is none of this person's, or was used: one answer for all."""

    def __init__(self) -> None:
        super().__init__("factor_wrong", "This does not confirm who you are.")


class FactorProved(Refused):
    """There is nothing to prove in this session."""

    def __init__(self) -> None:
        super().__init__("factor_proved", "The second factor was proved already.")


class FactorDemanded(Refused):
    """A school of this person demands a second factor, and this is the last one."""

    def __init__(self) -> None:
        super().__init__("factor_demanded", "The school demands a second factor.")


class TooManyFactors(Refused):
    """Nobody carries that many, and each is one more to try a code on."""

    def __init__(self) -> None:
        super().__init__(
            "factors_too_many", "There are too many factors.", fields={"limit": MOST_FACTORS}
        )


class OfferGone(Refused):
    """Nothing waits to be confirmed in this session, or it waited for too long."""

    def __init__(self) -> None:
        super().__init__("offer_gone", "Begin again: nothing waits to be confirmed.")


class PasswordNeeded(NotAllowed):
    """Factors are changed by who has typed the password a short while ago."""

    def __init__(self) -> None:
        super().__init__("password_needed", "Give the current password first.")


class OwnFactors(NotAllowed):
    """An administrator takes away the factors of others; own ones go with the password."""

    def __init__(self) -> None:
        super().__init__("own_factors", "Own factors are removed on one's own page.")


def demands(factor_for: FactorFor, role: Role) -> bool:
    """Return whether a school demands a second factor of a role."""
    if factor_for is FactorFor.ADMINISTRATORS:
        return role is Role.ADMINISTRATOR
    return factor_for is FactorFor.EVERYBODY


def make_recovery_codes() -> list[str]:
    """Return a new set of recovery codes."""
    return [_make_code() for _ in range(RECOVERY_CODES)]


def _make_code() -> str:
    groups = []
    for _ in range(_GROUPS):
        letters = [secrets.choice(READABLE) for _ in range(_GROUP_LETTERS)]
        groups.append("".join(letters))
    return "-".join(groups)


@dataclass(frozen=True)
class FactorKey:
    """Identity's own key for second factors, apart from the database.

    `material`: 32 bytes (`Keys.secret("factors")`). A stolen database makes no codes, and its
    digests of recovery codes can't be tried out.
    """

    material: bytes = field(repr=False)

    def index_of_tries(self, account_id: UUID) -> bytes:
        """Return the 32 bytes under which an account's tries are counted.

        Apart from those of its password: each right password would forgive the wrong codes.
        """
        return self._key.blind_index(f"tries {account_id}")

    def digest(self, account_id: UUID, code: str) -> bytes:
        """Return what is kept of a recovery code, however it is typed."""
        folded = fold_copied(code).decode()
        return self._key.blind_index(f"recovery {account_id} {folded}")

    def seal_secret(self, secret: str, factor_id: UUID) -> bytes:
        return self._key.encrypt(secret, _place_of_secret(factor_id))

    def open_secret(self, sealed: bytes, factor_id: UUID) -> str:
        return self._key.decrypt(sealed, _place_of_secret(factor_id))

    def seal_offer(self, secret: str, session_number: UUID) -> bytes:
        return self._key.encrypt(secret, _place_of_offer(session_number))

    def open_offer(self, sealed: bytes, session_number: UUID) -> str:
        return self._key.decrypt(sealed, _place_of_offer(session_number))

    @property
    def _key(self) -> SchoolKey:
        return SchoolKey(_NO_SCHOOL, self.material)


def _place_of_secret(factor_id: UUID) -> SealedPlace:
    return SealedPlace("second_factors", "secret", factor_id)


def _place_of_offer(session_number: UUID) -> SealedPlace:
    return SealedPlace("sessions", "offered_secret", session_number)
