"""What the directory asks of identity: a school's data key and its contract's member limit.

Never inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from common.answers.identity import SchoolOut
from common.crypto import SchoolKey
from common.web.client import ServiceClient
from common.web.school_keys import SchoolKeys
from directory.config import Settings


class KeySource(Protocol):
    """Whoever gives a school's key: identity, or a test that holds one."""

    def get(self, school_id: UUID) -> SchoolKey: ...


@dataclass(frozen=True)
class Clients:
    """`member_limit(school_id)`: how many people the contract allows, None for any number."""

    school_keys: KeySource
    member_limit: Callable[[UUID], int | None]

    @classmethod
    def of(cls, settings: Settings) -> Clients:
        """Return the clients that speak with the identity named in the settings."""
        identity = ServiceClient.of(settings, "identity")

        def member_limit(school_id: UUID) -> int | None:
            school: SchoolOut = identity.call("GET", "/schools/current", school_id=school_id)
            return school["member_limit"]

        return cls(SchoolKeys(identity, settings.key_seconds), member_limit)
