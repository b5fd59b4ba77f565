"""What the directory asks of identity: which school is meant, its data key, its contract's member
limit, and the accounts of its staff.

Never inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from common.answers.identity import RefusedAccounts, RosterAccount, RosterAccounts, SchoolOut
from common.crypto import SchoolKey
from common.errors import NotFound
from common.web.client import ServiceClient
from common.web.school_keys import SchoolKeys
from directory.config import Settings


class KeySource(Protocol):
    """Whoever gives a school's key: identity, or a test that holds one."""

    def get(self, school_id: UUID) -> SchoolKey: ...


class AccountSource(Protocol):
    """Whoever knows which of the staff sign in: identity, or a test's own."""

    def list(self, school_id: UUID) -> Sequence[RosterAccount]: ...
    def check(
        self, school_id: UUID, actor_id: UUID, wanted: Sequence[dict[str, Any]]
    ) -> dict[UUID, str]: ...


@dataclass(frozen=True)
class IdentityAccounts:
    """The accounts of staff, as identity tells them."""

    identity: ServiceClient

    def list(self, school_id: UUID) -> Sequence[RosterAccount]:
        """Return a school's accounts."""
        answer: RosterAccounts = self.identity.call("GET", "/roster-accounts", school_id=school_id)
        return answer["items"]

    def check(
        self, school_id: UUID, actor_id: UUID, wanted: Sequence[dict[str, Any]]
    ) -> dict[UUID, str]:
        """Return member → why what is wanted would be refused; nothing is changed."""
        answer: RefusedAccounts = self.identity.call(
            "POST",
            "/roster-accounts/checks",
            school_id=school_id,
            json={"actor_id": str(actor_id), "items": list(wanted)},
        )
        return {UUID(item["member_id"]): item["code"] for item in answer["items"]}


class SchoolSource(Protocol):
    """Whoever knows which schools are in use: identity, or a test's own."""

    def find(self, code: str) -> UUID | None: ...
    def is_in_use(self, school_id: UUID) -> bool: ...


@dataclass(frozen=True)
class IdentitySchools:
    """Schools, as identity tells them."""

    identity: ServiceClient

    def find(self, code: str) -> UUID | None:
        """Return the school of a code, None where it is none of a school in use."""
        path = {"code": code}
        try:
            school: SchoolOut = self.identity.call("GET", "/schools/codes/{code}", path=path)
        except NotFound:
            return None
        return UUID(school["id"])

    def is_in_use(self, school_id: UUID) -> bool:
        """Return whether a school's contract goes on."""
        try:
            school: SchoolOut = self.identity.call("GET", "/schools/current", school_id=school_id)
        except NotFound:
            return False
        return school["state"] == "active"


@dataclass(frozen=True)
class Clients:
    """`member_limit(school_id)`: how many people the contract allows, None for any number."""

    school_keys: KeySource
    member_limit: Callable[[UUID], int | None]
    accounts: AccountSource
    schools: SchoolSource

    @classmethod
    def of(cls, settings: Settings) -> Clients:
        """Return the clients that speak with the identity named in the settings."""
        identity = ServiceClient.of(settings, "identity")

        def member_limit(school_id: UUID) -> int | None:
            school: SchoolOut = identity.call("GET", "/schools/current", school_id=school_id)
            return school["member_limit"]

        keys = SchoolKeys(identity, settings.key_seconds)
        return cls(keys, member_limit, IdentityAccounts(identity), IdentitySchools(identity))
