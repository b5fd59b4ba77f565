"""Groups as a form knows them: where one may stand, and what was typed (DIR-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.answers.directory import GroupWithMembers, ListedGroup
from gateway.domain.forms import read_count

KINDS = ("class", "free", "staff")
# Of levels; directory refuses a group below the last one.
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class TypedGroup:
    """What was typed of a group; `parent_id`: "" for the top; `version`: of what was seen."""

    kind: str
    name: str = ""
    parent_id: str = ""
    version: int = 0

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> TypedGroup:
        """Read a form."""
        version = form.get("version", "")
        return cls(
            kind=read_kind(form),
            name=form.get("name", ""),
            parent_id=form.get("parent", ""),
            version=read_count(version) or 0,
        )

    @classmethod
    def of_answer(cls, group: GroupWithMembers) -> TypedGroup:
        """Return a group as its form shows it at first."""
        return cls(group["kind"], group["name"], group["parent_id"] or "", group["version"])

    def new(self) -> dict[str, str | None]:
        """Return what directory is asked to make."""
        return {"kind": self.kind, "name": self.name, "parent_id": self.parent_id or None}

    def changes(self) -> dict[str, Any]:
        """Return what directory is asked to change."""
        parent_id = self.parent_id or None
        return {"version": self.version, "name": self.name, "parent_id": parent_id}


def read_kind(given: Mapping[str, str]) -> str:
    """Return which kind of group an address or a form names; classes where it names none."""
    kind = given.get("kind", "")
    return kind if kind in KINDS else KINDS[0]


def possible_parents(
    groups: Sequence[ListedGroup], kind: str, without: str = ""
) -> list[ListedGroup]:
    """Return the groups below which one of a kind may come.

    `without`: the group itself; what is below it is left out with it.
    """
    left_out = {without}
    found = []
    for group in groups:
        if group["parent_id"] in left_out or group["id"] in left_out:
            left_out.add(group["id"])
        elif group["kind"] == kind and group["changeable"] and group["depth"] < DEEPEST:
            found.append(group)
    return found


def is_root(group: ListedGroup | GroupWithMembers) -> bool:
    """Return whether this is 全校, which stays as it is."""
    return group["kind"] == "class" and group["parent_id"] is None


def may_place(groups: Sequence[ListedGroup], group_id: str, *, whole_school: bool) -> bool:
    """Return whether who looks may move and delete a group: that is the matter of what is above.

    `whole_school`: whether the right to change the roster has no limit.
    """
    by_id = {group["id"]: group for group in groups}
    group = by_id.get(group_id)
    if group is None or is_root(group):
        return False
    if whole_school:
        return True
    above = by_id.get(group["parent_id"] or "")
    return above is not None and above["changeable"]


def possible_classes(groups: Sequence[ListedGroup]) -> list[ListedGroup]:
    """Return the classes in which a pupil can be enrolled: those with no class below them."""
    above = {group["parent_id"] for group in groups}
    return [group for group in groups if group["kind"] == "class" and group["id"] not in above]
