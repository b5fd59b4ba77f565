"""What the gateway asks directory in order to change a family and where it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gateway.clients import calls
from gateway.clients.asking import Asker


@dataclass(frozen=True)
class FamilyChanges:
    """Directory, as `asker` may change families there."""

    asker: Asker

    def end_guardianship(self, member_id: UUID, guardian_id: UUID, reason: str) -> None:
        """Take a guardian from a child; raise Invalid `reason_missing`, NotFound."""
        path = {"member_id": member_id, "guardian_id": guardian_id}
        self.asker.ask(calls.END_GUARDIANSHIP, path=path, json={"reason": reason})

    def end_point(self, contact_point_id: UUID) -> None:
        """Take a contact point off the roster: nothing goes there any more."""
        self.asker.ask(calls.END_POINT, path={"contact_point_id": contact_point_id})
