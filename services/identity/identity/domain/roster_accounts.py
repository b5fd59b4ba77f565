"""Which accounts a roster of staff asks for, and why one of them can't be given (ID-2, DIR-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.errors import Invalid, NotAllowed, Refused
from identity.domain.words import Role


@dataclass(frozen=True, slots=True)
class WantedAccount:
    """What a member of the roster shall be at its school.

    `role`: None for nobody who signs in (ログインなし). `display_name`, `mail`: None where these
    stay as they are.
    """

    member_id: UUID
    role: Role | None
    display_name: str | None = None
    mail: str | None = None

    @classmethod
    def of_json(cls, wanted: Mapping[str, Any]) -> WantedAccount:
        """Read it as the directory tells it."""
        role = wanted["role"]
        return cls(
            member_id=UUID(wanted["member_id"]),
            role=Role(role) if role else None,
            display_name=wanted["display_name"],
            mail=wanted["mail"],
        )

    @property
    def turn(self) -> int:
        """Return its place among others: who becomes an administrator comes before who was one."""
        if self.role is Role.ADMINISTRATOR:
            return 0
        return 2 if self.role is None else 1


@dataclass(frozen=True, slots=True)
class AccountRefusal:
    """What can't be, of whom, and why: `code` is that of the error by hand."""

    member_id: UUID
    code: str


class AccountsNotYours(NotAllowed):
    """Who asks for accounts manages none."""

    def __init__(self) -> None:
        super().__init__("accounts_not_yours", "Only administrators change accounts.")


class AccountDeleted(Refused):
    """The address is that of an account that was deleted by hand: it comes back by hand alone."""

    def __init__(self) -> None:
        super().__init__("account_deleted", "This account was deleted; restore it by hand.")


class MailNeeded(Invalid):
    """Somebody new shall sign in, and there is no address to do it by."""

    def __init__(self) -> None:
        super().__init__("mail_needed", "An account needs a mail address.")
