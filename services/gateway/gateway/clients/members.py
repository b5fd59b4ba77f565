"""What the gateway asks directory in order to change people of the roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from common.answers.directory import DeletedPage, StatusesOut
from gateway.clients import calls
from gateway.clients.asking import Asker, page_params


@dataclass(frozen=True)
class MemberChanges:
    """Directory, as `asker` may change people there."""

    asker: Asker

    def add(self, person: Mapping[str, Any]) -> str:
        """Register a person and return the id; raise Refused `member_limit`, or Invalid."""
        return self.asker.ask(calls.ADD_MEMBER, json=dict(person))["id"]

    def change(self, member_id: UUID, changes: Mapping[str, Any]) -> None:
        """Change a person; raise Refused `changed_meanwhile`, `member_limit`, or Invalid."""
        self.asker.ask(calls.CHANGE_MEMBER, path={"member_id": member_id}, json=dict(changes))

    def drop_plan(self, member_id: UUID) -> None:
        """Give up a person's planned status."""
        self.asker.ask(calls.DROP_PLAN, path={"member_id": member_id})

    def change_statuses(self, ids: Sequence[str], status: str, since: date) -> StatusesOut:
        """Give people a status, or plan it for a day to come; return how many changed.

        Raise NotFound, NotAllowed, Refused `member_limit` or Invalid where it is not possible for
        one: then all stay.
        """
        wanted = {"ids": list(ids), "status": status, "status_since": since.isoformat()}
        return self.asker.ask(calls.CHANGE_STATUSES, json=wanted)

    def delete(self, ids: Sequence[str]) -> int:
        """Take people off the roster, for 30 days until `restore`; return how many were there.

        Raise NotFound, NotAllowed where it is not possible for one: then all stay.
        """
        return self.asker.ask(calls.DELETE_MEMBERS, json={"ids": list(ids)})["count"]

    def deleted(self, kind: str, *, after: str, limit: int) -> DeletedPage:
        """Return a page of those who can be brought back, the latest deleted first."""
        wanted = {"kind": kind, **page_params(after, limit)}
        return self.asker.ask(calls.DELETED_MEMBERS, params=wanted)

    def restore(self, member_id: UUID) -> None:
        """Bring somebody back; raise Refused `member_limit`, Invalid `number_taken`, NotFound."""
        self.asker.ask(calls.RESTORE_MEMBER, path={"member_id": member_id})
