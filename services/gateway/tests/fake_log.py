"""What identity answers of the operation log: the lines a test puts there, narrowed as asked."""

from __future__ import annotations

from typing import Any

from town_school import make_id

Line = dict[str, Any]
ME = make_id("yamashita")


def make_line(
    action: str,
    target: tuple[str, str | None] = ("school", None),
    *,
    actor: tuple[str, str | None] = ("staff", ME),
    at: str = "2026-11-23T22:05:04+00:00",
    **more: Any,
) -> dict[str, Any]:
    """Return a line as identity gives it."""
    given = {
        "id": make_id(f"{action} {target} {at}"),
        "position": 1,
        "at": at,
        "last_at": at,
        "action": action,
        "actor_kind": actor[0],
        "actor_id": actor[1],
        "target_kind": target[0],
        "target_id": target[1],
        "details": {},
        "folded": 0,
        "reason": "",
    }
    return {**given, **more}


class LogHouse:
    """`operations`: the lines, the newest first; `printed`: what was told to go onto paper.

    A page goes on after a number, as identity's goes on after a key.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[Line] = []
        self.printed: list[Line] = []

    def get_operation_log(self, request: dict[str, Any]) -> Any:
        wanted = self._wanted(request["params"])
        after, limit = int(request["params"].get("after") or 0), request["params"]["limit"]
        following = str(after + limit) if len(wanted) > after + limit else None
        return {"items": wanted[after : after + limit], "next": following}

    def post_operation_log_exports(self, request: dict[str, Any]) -> Any:
        return {"items": self._wanted(request["json"]), "left_off": False}

    def post_operation_log_printed_lists(self, request: dict[str, Any]) -> None:
        self.printed.append(request["json"])

    def _wanted(self, asked: dict[str, Any]) -> list[Line]:
        return [line for line in self.operations if _is_wanted(line, asked)]


def _is_wanted(line: Line, asked: dict[str, Any]) -> bool:
    if asked.get("actions") and line["action"] not in asked["actions"]:
        return False
    if line["action"] in asked.get("without", ()):
        return False
    if asked.get("targets") and line["target_id"] not in asked["targets"]:
        return False
    if asked.get("actor_kind") not in (None, line["actor_kind"]):
        return False
    return asked.get("actor_id") in (None, line["actor_id"])
