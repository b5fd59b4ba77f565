"""What retention asks of identity, never inside a transaction.

What a school is called, whether its erasure may begin, and that its key be destroyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from common.answers.identity import DestroyedKeyOut, SchoolOut
from common.errors import Refused
from common.web.client import ServiceClient
from retention.config import Settings


@dataclass(frozen=True, slots=True)
class Profile:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class DestroyedKey:
    """What is left of a key. `fingerprint`: SHA-256 in hex."""

    fingerprint: str
    destroyed_at: datetime


@dataclass(frozen=True)
class Clients:
    """The houses that retention talks to."""

    identity: ServiceClient

    @classmethod
    def of(cls, settings: Settings) -> Clients:
        return cls(ServiceClient.of(settings, "identity"))

    def profile(self, school_id: UUID) -> Profile:
        """Return a school's code and name; raises NotFound, Unavailable."""
        answer: SchoolOut = self.identity.call("GET", "/schools/current", school_id=school_id)
        return Profile(answer["code"], answer["name"])

    def may_begin(self, school_id: UUID) -> bool:
        """Ask whether a school's erasure may begin; raises NotFound, Unavailable.

        Once identity says yes, the end of the contract can't be changed any more.
        """
        try:
            path = {"school_id": school_id}
            self.identity.call(
                "POST", "/schools/{school_id}/erasing", path=path, school_id=school_id
            )
        except Refused as refused:
            if refused.code != "erasure_not_due":
                raise
            return False
        return True

    def destroy_key(self, school_id: UUID) -> DestroyedKey:
        """Have a school's key destroyed for good; again: the same answer.

        Raises NotFound, Refused, Unavailable.
        """
        answer: DestroyedKeyOut = self.identity.call(
            "POST", "/keys/{school_id}/destroy", path={"school_id": school_id}, school_id=school_id
        )
        return DestroyedKey(answer["fingerprint"], datetime.fromisoformat(answer["destroyed_at"]))
