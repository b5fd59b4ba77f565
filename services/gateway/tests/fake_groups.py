"""What directory answers of groups and of who is in them."""

from __future__ import annotations

from typing import Any

from town_school import CLASS_42, make_groups, make_id, make_members

from common import clock
from common.errors import ChangedMeanwhile, NotFound, Refused


class GroupHouse:
    """`joined`: group → the people who joined it; of 4年2組 all 26 are enrolled."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[dict[str, Any]] = make_groups()
        self.members: list[dict[str, Any]] = make_members()
        self.deleted_groups: list[dict[str, Any]] = []
        self.joined: dict[str, set[str]] = {make_id("東町1班"): {make_id("child-1")}}

    def _find_group(self, group_id: str) -> dict[str, Any]:
        found = next((group for group in self.groups if group["id"] == group_id), None)
        if found is None:
            raise NotFound("group_not_found")
        return found

    def _sisters(self, group: dict[str, Any]) -> list[dict[str, Any]]:
        same = ("kind", "parent_id")
        return [each for each in self.groups if all(each[name] == group[name] for name in same)]

    def post_groups(self, request: dict[str, Any]) -> Any:
        wanted = request["json"]
        name, parent_id = wanted["name"], wanted["parent_id"]
        above = self._find_group(parent_id) if parent_id else None
        before = above["path"] if above and above["depth"] > 1 else ""
        made = {
            **self.groups[0],
            **wanted,
            "id": make_id(f"new {name}"),
            "position": 99,
            "depth": above["depth"] + 1 if above else 1,
            "path": before + name,
            "heads": 0,
        }
        self.groups.append(made)
        return {"id": made["id"]}

    def patch_groups_group_id(self, request: dict[str, Any], group_id: str) -> None:
        group = self._find_group(group_id)
        changes = request["json"]
        if changes["version"] != group["version"]:
            raise ChangedMeanwhile()
        group.update(changes, version=group["version"] + 1, path=changes["name"])

    def post_groups_group_id_move(self, request: dict[str, Any], group_id: str) -> Any:
        group = self._find_group(group_id)
        sisters = self._sisters(group)
        before = sisters.index(group)
        after = before - 1 if request["json"]["direction"] == "up" else before + 1
        if 0 <= after < len(sisters):
            here, there = (self.groups.index(sisters[place]) for place in (before, after))
            self.groups[here], self.groups[there] = self.groups[there], self.groups[here]
            sisters = self._sisters(group)
        place = sisters.index(group)
        return {"is_first": place == 0, "is_last": place == len(sisters) - 1}

    def get_groups_group_id_deletion(self, request: dict[str, Any], group_id: str) -> Any:
        group = self._find_group(group_id)
        is_class = group["kind"] == "class"
        below = [each["path"] for each in self.groups if each["parent_id"] == group_id]
        return {
            "id": group_id,
            "kind": group["kind"],
            "path": group["path"],
            "below": below,
            "enrolled": group["heads"] if is_class else 0,
            "joined": 0 if is_class else group["heads"],
        }

    def delete_groups_group_id(self, request: dict[str, Any], group_id: str) -> None:
        group = self._find_group(group_id)
        if group["kind"] == "class" and group["heads"]:
            raise Refused("group_in_use", "No.", fields={"enrolled": group["heads"]})
        self.groups.remove(group)
        self.deleted_groups.append({**group, "deleted_at": clock.now().isoformat()})

    def get_groups_deleted(self, request: dict[str, Any]) -> Any:
        names = ("id", "kind", "path", "deleted_at")
        return {"items": [{name: group[name] for name in names} for group in self.deleted_groups]}

    def post_groups_group_id_restore(self, request: dict[str, Any], group_id: str) -> None:
        group = next((each for each in self.deleted_groups if each["id"] == group_id), None)
        if group is None:
            raise NotFound("group_not_found")
        self.deleted_groups.remove(group)
        group.pop("deleted_at")
        self.groups.append(group)

    def get_groups_group_id_memberships(self, request: dict[str, Any], group_id: str) -> Any:
        self._find_group(group_id)
        names = (
            *("id", "kind", "display_name", "kana", "status"),
            *("class_id", "class_name", "number", "deleted"),
        )
        items = []
        for member in self.members:
            is_enrolled = group_id == CLASS_42 and member["class_id"] == CLASS_42
            if is_enrolled or member["id"] in self.joined.get(group_id, ()):
                how = "enrolled" if is_enrolled else "joined"
                items.append({**{name: member[name] for name in names}, "membership": how})
        return {"items": items, "next": None}

    def post_groups_group_id_memberships(self, request: dict[str, Any], group_id: str) -> Any:
        self._find_group(group_id)
        wanted = request["json"]
        here = self.joined.setdefault(group_id, set())
        coming, going = set(wanted["add"]) - here, set(wanted["remove"]) & here
        here |= coming
        here -= going
        return {"added": len(coming), "removed": len(going)}

    def post_members_member_id_memberships(self, request: dict[str, Any], member_id: str) -> None:
        if member_id not in {member["id"] for member in self.members}:
            raise NotFound("member_not_found")
