"""Temporary passwords (ID-4): derived, so that they are looked up until used and kept nowhere.

An account has none, a temporary one, or one of its owner's choice; never two at a time.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from common.clock import JST, to_jst
from common.errors import Invalid, NotAllowed, Refused, Unauthenticated
from common.passwords import READABLE
from identity.domain.copied import fold_copied

GROUPS, GROUP_LETTERS = 4, 4
FIRST_VERSION = 1  # of an account's temporary passwords; 0: none was issued


class PasswordState(StrEnum):
    """未発行 · 有効 · 期限切れ · 設定済."""

    NOT_ISSUED = "not_issued"
    VALID = "valid"
    EXPIRED = "expired"
    CHOSEN = "chosen"


class TemporaryExpired(Unauthenticated):
    """The temporary password was right, and its days are over."""

    def __init__(self) -> None:
        super().__init__("temporary_expired", "The temporary password has expired.")


class SameAsTemporary(Invalid):
    """Somebody chose the temporary password as their own, which others have seen."""

    def __init__(self) -> None:
        super().__init__(
            "password_weak",
            "The password is the temporary one.",
            fields={"password": "temporary"},
        )


class OwnPassword(NotAllowed):
    """An administrator issues passwords to others; with their own they would lock themselves out.

    It ends their sessions, and who is the only administrator can look it up no more.
    """

    def __init__(self) -> None:
        super().__init__("own_password", "One's own password is changed on one's own page.")


class PasswordChosen(Refused):
    """There is no temporary password to replace."""

    def __init__(self) -> None:
        super().__init__("password_chosen", "The password was chosen already.")


@dataclass(frozen=True, slots=True)
class TemporaryKey:
    """Identity's own key for temporary passwords, apart from the database. `material`: 32 bytes."""

    material: bytes = field(repr=False)

    def password(self, account_id: UUID, version: int) -> str:
        """Return the temporary password of an account: four groups of four letters, 79 bits."""
        told = account_id.bytes + version.to_bytes(4)
        digest = hmac.digest(self.material, told, hashlib.sha256)
        number = int.from_bytes(digest)
        groups = []
        for _ in range(GROUPS):
            group = ""
            for _ in range(GROUP_LETTERS):
                number, index = divmod(number, len(READABLE))
                group += READABLE[index]
            groups.append(group)
        return "-".join(groups)


def is_same(typed: str, temporary: str) -> bool:
    """Return whether what was typed is this temporary password.

    People copy it from paper: in capitals, without its strokes, in full width.
    """
    return hmac.compare_digest(fold_copied(typed), fold_copied(temporary))


def last_moment(issued_at: datetime, days: int) -> datetime:
    """Return until when a temporary password holds: the last minute of a day in Japan."""
    day = to_jst(issued_at).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59), tzinfo=JST).astimezone(UTC)


def state_of(
    password_hash: str | None, temporary_until: datetime | None, now: datetime
) -> PasswordState:
    """Return how it stands with an account's password."""
    if password_hash is not None:
        return PasswordState.CHOSEN
    if temporary_until is None:
        return PasswordState.NOT_ISSUED
    return PasswordState.VALID if now < temporary_until else PasswordState.EXPIRED
