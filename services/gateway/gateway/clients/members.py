"""What the gateway asks directory in order to change one person of the roster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.clients import calls
from gateway.clients.asking import Asker


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
