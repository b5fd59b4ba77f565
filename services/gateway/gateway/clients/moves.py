"""What the gateway asks directory about who comes and who goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.answers.directory import Moves, PossibleGuardian
from gateway.clients import calls
from gateway.clients.asking import Asker


@dataclass(frozen=True)
class MoveLists:
    """Directory, as `asker` may ask it about moves."""

    asker: Asker

    def everything(self) -> Moves:
        """Return the moves of the next and of the last 30 days."""
        return self.asker.ask(calls.MOVES)

    def next_numbers(self) -> dict[str, int]:
        """Return class → its next 出席番号."""
        items = self.asker.ask(calls.NEXT_NUMBERS)["items"]
        return {item["group_id"]: item["number"] for item in items}

    def families(self, display_name: str, mails: Sequence[str]) -> list[PossibleGuardian]:
        """Return guardians who may be a new child's too."""
        child = {"display_name": display_name, "mails": list(mails)}
        return self.asker.ask(calls.POSSIBLE_FAMILIES, json=child)["items"]
