"""What directory answers of who comes and goes, and of guardians who are one person."""

from __future__ import annotations

from typing import Any

from town_school import CLASS_42, make_id

from common.errors import Refused

NAMES = (
    "id",
    "kind",
    "display_name",
    "kana",
    "status",
    "class_id",
    "class_name",
    "number",
    "deleted",
)


class MovesHouse:
    """`known`: the guardians who may be a new child's too, or one person with another.

    `too_many`: two of them would have too many addresses; `joining_version`: of what is shown.
    """

    members: list[dict[str, Any]]
    particulars: dict[str, dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.known: list[dict[str, Any]] = []
        self.too_many = False
        self.joining_version = "1"

    def know_mother(self, *mails: str) -> str:
        """Let the mother of the first child of the class be one who may be a new child's too."""
        guardian_id = make_id("mother")
        mother = {
            "guardian_id": guardian_id,
            "name": "髙橋 真由美",
            "label": "母",
            "mails": list(mails),
            "children": [_named(self.members[0])],
        }
        self.known.append(mother)
        return guardian_id

    def get_guardians_guardian_id_doubles(self, request: dict[str, Any], guardian_id: str) -> Any:
        names = ("guardian_id", "name", "label", "children")
        items = [{name: each[name] for name in names} for each in self.known]
        own = {
            "guardian_id": guardian_id,
            "name": "髙橋 健一",
            "label": "父",
            "children": [_named(self.members[1])],
        }
        return {"guardian": own, "items": items}

    def get_guardians_guardian_id_joining_other_guardian_id(
        self, request: dict[str, Any], guardian_id: str, other_guardian_id: str
    ) -> Any:
        points = {"mail": 1, "line": 0, "push": 0}

        def side(each: str, name: str, child: dict[str, Any]) -> dict[str, Any]:
            children = [{**_named(child), "label": "母"}]
            return {
                "id": each,
                "name": name,
                "protected": False,
                "children": children,
                "points": points,
            }

        return {
            "kept": side(guardian_id, "髙橋 健一", self.members[1]),
            "gone": side(other_guardian_id, "髙橋健一", self.members[0]),
            "name": "髙橋 健一",
            "children": 2,
            "mails": 5 if self.too_many else 2,
            "too_many": self.too_many,
            "same_points": 0,
            "protects": False,
            "version": self.joining_version,
        }

    def post_guardians_guardian_id_joining_other_guardian_id(
        self, request: dict[str, Any], guardian_id: str, other_guardian_id: str
    ) -> None:
        if request["json"]["version"] != self.joining_version:
            raise Refused("joining_changed", "Changed.")

    def get_moves(self, request: dict[str, Any]) -> Any:
        planned, done = [], []
        for member in self.members:
            more = self.particulars.get(member["id"], {})
            move = {
                **_named(member),
                "status_since": more.get("status_since", "2026-11-20"),
                "planned_status": more.get("planned_status"),
                "planned_since": more.get("planned_since"),
            }
            if move["planned_status"]:
                planned.append(move)
            elif "status_since" in more:
                done.append(move)
        return {"planned": planned, "done": done, "more_planned": False, "more_done": False}

    def get_moves_next_numbers(self, request: dict[str, Any]) -> Any:
        return {"items": [{"group_id": CLASS_42, "number": 27}]}

    def post_moves_families(self, request: dict[str, Any]) -> Any:
        return {"items": self.known}


def _named(member: dict[str, Any]) -> dict[str, Any]:
    return {name: member[name] for name in NAMES}
