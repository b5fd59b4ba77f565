"""The school's own categories in words, and as their forms say them (MSG-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from common.answers.messaging import CategoryOut
from common.words import Colour
from gateway.domain.forms import Form, read_count

COLOUR_WORDS: Mapping[str, str] = {
    Colour.RED: "赤",
    Colour.ORANGE: "だいだい",
    Colour.YELLOW: "黄",
    Colour.GREEN: "緑",
    Colour.BLUE: "青",
    Colour.NAVY: "紺",
    Colour.PURPLE: "紫",
    Colour.BROWN: "茶",
    Colour.GRAY: "灰",
}
NAME_LIMIT = 40
MARK_LIMIT = 2


@dataclass(frozen=True, slots=True)
class TypedCategory:
    """What was typed about a category; a form that is refused shows it again.

    `version`: of the category that was read before; 0 for a new one.
    """

    name: str = ""
    mark: str = ""
    colour: str = Colour.BLUE.value
    version: int = 0

    @classmethod
    def of_form(cls, form: Form) -> TypedCategory:
        version = form.get("version", "")
        return cls(
            name=form.get("name", "").strip(),
            mark=form.get("mark", "").strip(),
            colour=form.get("colour", ""),
            version=read_count(version) or 0,
        )

    @classmethod
    def of_answer(cls, found: CategoryOut) -> TypedCategory:
        return cls(found["name"], found["mark"], found["colour"], found["version"])

    def problem(self) -> str:
        """Return what is wrong, in words; nothing where all is well."""
        if not 1 <= len(self.name) <= NAME_LIMIT:
            return f"カテゴリの名前は、1文字から{NAME_LIMIT}文字までにしてください。"
        if not 1 <= len(self.mark) <= MARK_LIMIT:
            return f"印は、1文字か{MARK_LIMIT}文字にしてください（例：行）。"
        if self.colour not in COLOUR_WORDS:
            return "色を選んでください。"
        return ""

    def wanted(self) -> dict[str, Any]:
        """Return what messaging is asked to keep."""
        return {"name": self.name, "mark": self.mark, "colour": self.colour}


def in_use(categories: Iterable[CategoryOut], kept: str | None = None) -> list[CategoryOut]:
    """Return the categories that may be chosen: those in use, and the one that is `kept`."""
    return [each for each in categories if each["retired_at"] is None or each["id"] == kept]


def retired(categories: Iterable[CategoryOut]) -> list[CategoryOut]:
    return [each for each in categories if each["retired_at"] is not None]


def find(categories: Iterable[CategoryOut], category_id: str | None) -> CategoryOut | None:
    for each in categories:
        if each["id"] == category_id:
            return each
    return None
