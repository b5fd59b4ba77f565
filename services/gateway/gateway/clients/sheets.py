"""What the gateway asks directory about registration sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from common.answers.directory import PrintedSheet, SheetChild, SheetOut
from gateway.clients import calls
from gateway.clients.asking import Asker, in_calls


@dataclass(frozen=True)
class Sheets:
    """Directory, as `asker` may ask it about registration sheets."""

    asker: Asker

    def children(
        self, group_id: str = "", *, prospective: bool = False, unreached: bool = False
    ) -> list[SheetChild]:
        """Return whose sheets may be printed, in the order of lists; raise NotFound for a group."""
        wanted = {"prospective": prospective, "unreached": unreached}
        params = {name: str(value).lower() for name, value in wanted.items()}
        if group_id:
            params["group_id"] = group_id
        return self.asker.ask(calls.SHEETS, params=params)["items"]

    def print(self, member_ids: Sequence[str]) -> list[PrintedSheet]:
        """Return what is printed on these children's sheets; the operation log records it.

        Raise NotAllowed `sheet_protected`, `out_of_scope`.
        """
        printed: list[PrintedSheet] = []
        for some in in_calls(member_ids):
            printed += self.asker.ask(calls.PRINT_SHEETS, json={"member_ids": list(some)})["items"]
        return printed

    def of_child(self, member_id: UUID) -> SheetOut:
        """Return a child's ID and its sheet's dates; raise NotAllowed `sheet_protected`."""
        return self.asker.ask(calls.SHEET, path={"member_id": member_id})

    def void(self, member_id: UUID) -> None:
        """Make a child's printed sheet void; raise NotFound `sheet_not_found`."""
        self.asker.ask(calls.VOID_SHEET, path={"member_id": member_id})

    def change_login_id(self, member_id: UUID, login_id: str) -> None:
        """Give a child another ID; raise Refused `login_id_taken`, Invalid `login_id_unfit`.

        `login_id`: empty for one that is drawn.
        """
        path = {"member_id": member_id}
        self.asker.ask(calls.CHANGE_LOGIN_ID, path=path, json={"login_id": login_id})

    def text(self) -> str:
        """Return what the school adds to its sheets."""
        return self.asker.ask(calls.SHEET_TEXT)["text"]

    def change_text(self, text: str, *, former: str) -> None:
        """Change what the school adds to its sheets; raise Refused `changed_meanwhile`."""
        self.asker.ask(calls.CHANGE_SHEET_TEXT, json={"text": text, "former": former})

    def period(self) -> int:
        """Return for how many days a sheet that is printed now is good."""
        return self.asker.ask(calls.SHEET_PERIOD)["days"]

    def change_period(self, days: int) -> None:
        """Change for how many days a sheet is good; raise Invalid for others than offered."""
        self.asker.ask(calls.CHANGE_SHEET_PERIOD, json={"days": days})
