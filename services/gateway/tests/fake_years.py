"""What directory answers of the change of the school year: 4年2組 goes to 5年2組."""

from __future__ import annotations

from typing import Any

from town_school import CLASS_42, make_id, make_members

from common.errors import Invalid, Refused

FORMER = {"id": make_id("令和7年度 5年2組"), "path": "5年2組"}
NEXT_52, NEXT_5 = make_id("next 5年2組"), make_id("next 5年")
FAULT = {
    "sheet": "学級編制",
    "row": 3,
    "column": "氏名",
    "cell": "A3",
    "code": "list_pupil_unknown",
    "params": {"name": "知らない 子"},
}


def make_room(path: str, heads: int, depth: int = 3, **more: bool) -> dict[str, Any]:
    room = {"id": make_id(f"next {path}"), "path": path, "depth": depth, "heads": heads}
    return {**room, "is_open": depth == 2, "clashes": False, **more}


class YearHouse:
    """`year`: where the change stands; `decided`: child → what was chosen for it."""

    def __init__(self) -> None:
        super().__init__()
        self.year: dict[str, Any] = make_year("none")
        self.decided: dict[str, Any] = {}

    def note_year(self) -> dict[str, Any]:
        noted = ("state", "fiscal_year", "starts_at", "refused")
        return {name: self.year[name] for name in noted}

    def get_groups_former(self, request: dict[str, Any]) -> Any:
        return {"items": [FORMER]}

    def get_year_change(self, request: dict[str, Any]) -> Any:
        return self.year

    def post_year_change(self, request: dict[str, Any]) -> None:
        if self.year["state"] != "none":
            raise Refused("year_planned_already", "There is a draft already.")
        self.year = make_year("draft")

    def delete_year_change(self, request: dict[str, Any]) -> None:
        self.year = make_year("none")

    def get_year_change_lines(self, request: dict[str, Any]) -> Any:
        wanted = request["params"]
        lines = [self._line(member) for member in make_members()[:26]]
        outcome = wanted.get("outcome")
        return {"items": [line for line in lines if outcome in (None, line["outcome"])]}

    def _line(self, member: dict[str, Any]) -> dict[str, Any]:
        decided = self.decided.get(member["id"], {})
        leaves = decided.get("graduates", False)
        return {
            "member_id": member["id"],
            "display_name": member["display_name"],
            "kana": member["kana"],
            "from_class": "4年2組",
            "from_number": member["number"],
            "outcome": "graduates" if leaves else "moves",
            "group_id": None if leaves else NEXT_52,
            "to_class": None if leaves else "5年2組",
            "number": None if leaves else decided.get("number", member["number"]),
            "is_decided": bool(decided),
            "is_open": False,
            "clashes": False,
        }

    def put_year_change_places_member_id(self, request: dict[str, Any], member_id: str) -> None:
        self.decided[member_id] = request["json"]

    def delete_year_change_places_member_id(self, request: dict[str, Any], member_id: str) -> None:
        self.decided.pop(member_id, None)

    def post_year_change_classes(self, request: dict[str, Any]) -> Any:
        self.year["classes"].append(make_room(f"5年{request['json']['name']}", 0))
        return {"id": make_id("new class")}

    def delete_year_change_classes_group_id(self, request: dict[str, Any], group_id: str) -> None:
        raise Refused("year_class_in_use", "Children are in it.", fields={"enrolled": 3})

    def post_year_change_classes_group_id_numbers(
        self, request: dict[str, Any], group_id: str
    ) -> Any:
        return {"pupils": 26}

    def post_year_change_class_lists(self, request: dict[str, Any]) -> Any:
        _name, content, _kind = request["files"]["file"]
        if content == b"with faults":
            raise Invalid("import_refused", "Some cells.", fields={"errors": [FAULT]})
        return {"pupils": 26, "classes": 1, "sheets": ["学級編制"], "unused": ["いまの番号"]}

    def post_year_change_class_lists_xlsx(self, request: dict[str, Any]) -> Any:
        return b"a workbook"

    def post_year_change_rehearsal(self, request: dict[str, Any]) -> Any:
        classes = [{"path": "全校", "depth": 1, "heads": 302}]
        return {**_counts(), "classes": classes}

    def put_year_change_schedule(self, request: dict[str, Any]) -> None:
        self.year = make_year("scheduled", starts_at=request["json"]["starts_at"])

    def delete_year_change_schedule(self, request: dict[str, Any]) -> None:
        self.year = make_year("draft")

    def post_year_change_turn(self, request: dict[str, Any]) -> Any:
        turned = {"applied_at": "2027-04-01T00:00:00+09:00"}
        self.year = make_year("applied", **turned, undo_until="2027-04-15T00:00:00+09:00")
        return _counts()

    def post_year_change_undo(self, request: dict[str, Any]) -> None:
        if self.year["first_message_at"]:
            raise Refused("year_message_sent", "A message went to a new class.")
        self.year = make_year("draft")


def _counts() -> dict[str, int]:
    return {"moves": 251, "enters": 51, "graduates": 49, "open": 51}


def make_year(state: str, **more: Any) -> dict[str, Any]:
    """Return a change of the year as directory tells of it."""
    is_planned = state in ("draft", "scheduled")
    year = {
        "state": state,
        "fiscal_year": 2027,
        "starts_at": None,
        "refused": None,
        "applied_at": None,
        "undo_until": None,
        "first_message_at": None,
        **(_counts() if state != "none" else dict.fromkeys(_counts(), 0)),
        "clashes": 0,
        "classes": [make_room("5年", 0, 2), make_room("5年2組", 26)] if is_planned else [],
    }
    return {**year, **more}


__all__ = ["CLASS_42", "FAULT", "FORMER", "NEXT_5", "NEXT_52", "YearHouse", "make_year"]
