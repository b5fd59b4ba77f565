"""What messaging answers about a school's categories."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from town_school import CATEGORIES, make_id

from common import clock
from common.errors import Refused


class CategoryHouse:
    """`categories`: in order, those that are used no more among them."""

    messages: dict[str, dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.categories: list[dict[str, Any]] = deepcopy(CATEGORIES)

    def category(self, name: str) -> dict[str, Any]:
        return next(each for each in self.categories if each["name"] == name)

    def find_category(self, category_id: str | None) -> dict[str, Any] | None:
        return next((each for each in self.categories if each["id"] == category_id), None)

    def _of_id(self, category_id: str) -> dict[str, Any]:
        found = self.find_category(category_id)
        assert found is not None
        return found

    def get_categories(self, request: dict[str, Any]) -> Any:
        return {"items": self.categories}

    def post_categories(self, request: dict[str, Any]) -> Any:
        content = request["json"]
        for each in self.categories:
            if each["name"] == content["name"]:
                code = "category_retired" if each["retired_at"] else "category_taken"
                raise Refused(code, "Taken.", fields={"name": content["name"]})
        added = {
            "id": make_id(content["name"]),
            **content,
            "position": len(self.categories),
            "default_button": None,
            "version": 1,
            "retired_at": None,
        }
        self.categories.append(added)
        return added

    def patch_categories_category_id(self, request: dict[str, Any], category_id: str) -> Any:
        found, content = self._of_id(category_id), dict(request["json"])
        if content.pop("version") != found["version"]:
            raise Refused("changed_meanwhile", "Changed.")
        found.update(content, version=found["version"] + 1)
        return found

    def post_categories_category_id_move(self, request: dict[str, Any], category_id: str) -> None:
        found = self._of_id(category_id)
        place = self.categories.index(found)
        other = place - 1 if request["json"]["up"] else place + 1
        self.categories.remove(found)
        self.categories.insert(other, found)

    def post_categories_category_id_retire(self, request: dict[str, Any], category_id: str) -> Any:
        found = self._of_id(category_id)
        found["retired_at"] = clock.now().isoformat()
        return found

    def post_categories_category_id_restore(self, request: dict[str, Any], category_id: str) -> Any:
        found = self._of_id(category_id)
        found["retired_at"] = None
        return found

    def put_messages_message_id_category(self, request: dict[str, Any], message_id: str) -> Any:
        message, body = self.messages[message_id], request["json"]
        if message["category_id"] != body["instead_of"]:
            raise Refused("changed_meanwhile", "Changed.")
        message["category_id"] = body["category_id"]
        return message
