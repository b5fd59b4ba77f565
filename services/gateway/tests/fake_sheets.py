"""What directory answers about registration sheets."""

from __future__ import annotations

from typing import Any

from common.errors import Invalid, NotAllowed, Refused

NAMES = ("id", "display_name", "kana", "status", "class_id", "class_name", "number")
FIRST, LAST = "2026-11-24T01:00:00+00:00", "2027-02-22T01:00:00+00:00"


class SheetHouse:
    """`printed`: whose sheets were given out; `apart`: ids of protected children."""

    members: list[dict[str, Any]]
    account: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.sheets_out: dict[str, int] = {}
        self.apart: set[str] = set()
        self.sheet_text = ""
        self.sheet_days = 90
        self.sheets_reach = {"mail": 1, "line": 0, "push": 0}

    def get_registration_sheets(self, request: dict[str, Any]) -> Any:
        params = request["params"]
        wanted = ("prospective",) if params["prospective"] == "true" else ("enrolled", "suspended")
        items = []
        for member in self.members:
            is_in = params.get("group_id") in (None, member["class_id"])
            if is_in and member["kind"] == "pupil" and member["status"] in wanted:
                items.append(self._sheet_child(member))
        return {"items": items}

    def _sheet_child(self, member: dict[str, Any]) -> dict[str, Any]:
        none = {"mail": 0, "line": 0, "push": 0}
        is_out = member["id"] in self.sheets_out
        return {
            **{name: member[name] for name in NAMES},
            "protected": member["id"] in self.apart,
            "channels": self.sheets_reach,
            "dead": none,
            "stopped": none,
            "issued_at": FIRST if is_out else None,
            "valid_until": LAST if is_out else None,
        }

    def post_registration_sheets(self, request: dict[str, Any]) -> Any:
        ids = request["json"]["member_ids"]
        self._check_apart(*ids)
        there = {member["id"]: member for member in self.members}
        return {"items": [self._sheet_of(there[member_id]) for member_id in ids]}

    def _sheet_of(self, member: dict[str, Any]) -> dict[str, Any]:
        version = self.sheets_out.setdefault(member["id"], 1)
        names = ("id", "display_name", "class_id", "class_name", "number")
        return {
            **{name: member[name] for name in names},
            "protected": member["id"] in self.apart,
            "login_id": "TBN4K7Q2",
            "login_id_in_parts": "TBN4 K7Q2",
            "passcode_in_parts": f"7HMX{version} P3WA9",
            "issued_at": FIRST,
            "valid_until": LAST,
        }

    def _check_apart(self, *ids: str) -> None:
        sees = "protected.see" in self.account["functions"]
        if self.apart.intersection(ids) and not sees:
            raise NotAllowed("sheet_protected", "Protected.")

    def get_registration_sheets_member_id(self, request: dict[str, Any], member_id: str) -> Any:
        self._check_apart(member_id)
        if member_id not in self.sheets_out:
            return {"login_id": None, "issued_at": None, "valid_until": None}
        return {"login_id": "TBN4 K7Q2", "issued_at": FIRST, "valid_until": LAST}

    def post_registration_sheets_member_id_void(
        self, request: dict[str, Any], member_id: str
    ) -> None:
        self.sheets_out[member_id] += 1

    def put_registration_sheets_member_id_login_id(
        self, request: dict[str, Any], member_id: str
    ) -> None:
        typed = request["json"]["login_id"]
        if typed == "TAKEN2":
            raise Refused("login_id_taken", "Taken.")
        if "O" in typed:
            raise Invalid("login_id_unfit", "Unfit.", fields={"login_id": {"code": "x"}})

    def get_registration_sheets_text(self, request: dict[str, Any]) -> Any:
        return {"text": self.sheet_text}

    def put_registration_sheets_text(self, request: dict[str, Any]) -> None:
        given = request["json"]
        if given["former"] != self.sheet_text:
            raise Refused("changed_meanwhile", "Changed.")
        self.sheet_text = given["text"]

    def get_registration_sheets_period(self, request: dict[str, Any]) -> Any:
        return {"days": self.sheet_days}

    def put_registration_sheets_period(self, request: dict[str, Any]) -> None:
        self.sheet_days = request["json"]["days"]
