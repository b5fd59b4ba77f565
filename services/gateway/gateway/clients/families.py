"""What the gateway asks directory in order to change a family and where it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.directory import Doubles, JoiningOut
from gateway.clients import calls
from gateway.clients.asking import Asker


@dataclass(frozen=True)
class FamilyChanges:
    """Directory, as `asker` may change families there."""

    asker: Asker

    def add(self, member_id: UUID, guardian: Mapping[str, Any]) -> str:
        """Give a child one more guardian and return the id; raise Invalid, NotAllowed."""
        path = {"member_id": member_id}
        return self.asker.ask(calls.ADD_GUARDIAN, path=path, json=dict(guardian))["id"]

    def change(self, member_id: UUID, guardian_id: UUID, wanted: Mapping[str, str]) -> None:
        """Change a guardian's name or what it is to this child; raise Invalid, NotFound."""
        path = {"member_id": member_id, "guardian_id": guardian_id}
        self.asker.ask(calls.CHANGE_GUARDIAN, path=path, json=dict(wanted))

    def add_mail(self, member_id: UUID, guardian_id: UUID, mail: str, *, again: bool) -> None:
        """Register one more mail address; raise Invalid `mails_too_many` or for others.

        `again`: one that had ended, too; without it that is refused as `mail_ended`.
        """
        path = {"member_id": member_id, "guardian_id": guardian_id}
        self.asker.ask(calls.ADD_MAIL, path=path, json={"mail": mail, "again": again})

    def protect(self, member_id: UUID, guardian_id: UUID, *, is_protected: bool) -> None:
        """Mark a family as protected, or take the mark away; raise NotAllowed, NotFound."""
        path = {"member_id": member_id, "guardian_id": guardian_id}
        self.asker.ask(calls.PROTECT_GUARDIAN, path=path, json={"protected": is_protected})

    def end_sessions(self, member_id: UUID, guardian_id: UUID) -> None:
        """Forget all browsers of a guardian; raise NotAllowed, NotFound."""
        path = {"member_id": member_id, "guardian_id": guardian_id}
        self.asker.ask(calls.END_GUARDIAN_SESSIONS, path=path)

    def end_guardianship(self, member_id: UUID, guardian_id: UUID, reason: str) -> None:
        """Take a guardian from a child; raise Invalid `reason_missing`, NotFound."""
        path = {"member_id": member_id, "guardian_id": guardian_id}
        self.asker.ask(calls.END_GUARDIANSHIP, path=path, json={"reason": reason})

    def doubles(self, guardian_id: UUID, query: str) -> Doubles:
        """Return a guardian and who may be the same person; raise NotFound."""
        path = {"guardian_id": guardian_id}
        return self.asker.ask(calls.DOUBLES, path=path, params={"query": query})

    def joining(self, guardian_id: UUID, other_id: UUID) -> JoiningOut:
        """Return what joining another one into a guardian would do; raise NotFound."""
        return self.asker.ask(calls.JOINING, path=_pair(guardian_id, other_id))

    def join(self, guardian_id: UUID, other_id: UUID, version: str) -> None:
        """Join another one into a guardian; raise Refused `joining_changed`, Invalid."""
        path = _pair(guardian_id, other_id)
        self.asker.ask(calls.JOIN_GUARDIANS, path=path, json={"version": version})

    def end_point(self, contact_point_id: UUID) -> None:
        """Take a contact point off the roster: nothing goes there any more."""
        self.asker.ask(calls.END_POINT, path={"contact_point_id": contact_point_id})


def _pair(guardian_id: UUID, other_id: UUID) -> dict[str, UUID]:
    return {"guardian_id": guardian_id, "other_guardian_id": other_id}
