"""What the gateway asks directory about the change of the school year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from common.answers.directory import (
    YearLine,
    YearListsTaken,
    YearRehearsed,
    YearShown,
    YearTurned,
)
from gateway.clients import calls
from gateway.clients.asking import Asker
from gateway.clients.directory import FILE_SECONDS, XLSX


@dataclass(frozen=True)
class YearChanges:
    """Directory, as `asker` may plan and turn the school year there."""

    asker: Asker

    def shown(self) -> YearShown:
        """Return the change of the year that is planned, or was just made."""
        return self.asker.ask(calls.YEAR_CHANGE)

    def begin(self) -> None:
        """Make a draft of the next year; raise Refused `year_…`."""
        self.asker.ask(calls.BEGIN_YEAR)

    def drop(self) -> None:
        """Throw the draft away; raise NotFound."""
        self.asker.ask(calls.DROP_YEAR)

    def lines(self, wanted: Mapping[str, str]) -> list[YearLine]:
        """Return what becomes of children: of `group_id`, `outcome`, or `having` something."""
        return self.asker.ask(calls.YEAR_LINES, params=dict(wanted))["items"]

    def decide(self, member_id: UUID, place: Mapping[str, Any]) -> None:
        """Decide what becomes of a child; raise Invalid, NotFound."""
        self.asker.ask(calls.DECIDE_PLACE, path={"member_id": member_id}, json=dict(place))

    def leave_to_rule(self, member_id: UUID) -> None:
        """Let the rule say what becomes of a child."""
        self.asker.ask(calls.LEAVE_PLACE, path={"member_id": member_id})

    def add_class(self, parent_id: str, name: str) -> None:
        """Add a class to the next year; raise Invalid, NotFound."""
        self.asker.ask(calls.ADD_CLASS, json={"parent_id": parent_id, "name": name})

    def remove_class(self, group_id: UUID) -> None:
        """Take an empty class out; raise Refused `year_class_in_use`, NotFound."""
        self.asker.ask(calls.REMOVE_CLASS, path={"group_id": group_id})

    def number(self, group_id: UUID) -> int:
        """Number the children of a class by their readings; return how many."""
        return self.asker.ask(calls.NUMBER_CLASS, path={"group_id": group_id})["pupils"]

    def take_lists(self, content: bytes) -> YearListsTaken:
        """Take class lists into the draft; raise Invalid with the cells to correct."""
        files = {"file": ("class-lists.xlsx", content, XLSX)}
        return self.asker.ask(calls.TAKE_LISTS, files=files, timeout=FILE_SECONDS)

    def rehearse(self) -> YearRehearsed:
        """Return what turning the year would come to; raise Refused."""
        return self.asker.ask(calls.REHEARSE_YEAR, timeout=FILE_SECONDS)

    def schedule(self, starts_at: str) -> None:
        """Choose the moment at which the year turns by itself; raise Refused, Invalid."""
        self.asker.ask(calls.SCHEDULE_YEAR, json={"starts_at": starts_at})

    def drop_schedule(self) -> None:
        """Let the year not turn by itself."""
        self.asker.ask(calls.UNSCHEDULE_YEAR)

    def turn(self) -> YearTurned:
        """Turn the year at once; raise Refused."""
        return self.asker.ask(calls.TURN_YEAR, timeout=FILE_SECONDS)

    def undo(self) -> None:
        """Undo the turn of the year; raise Refused."""
        self.asker.ask(calls.UNDO_YEAR, timeout=FILE_SECONDS)
