"""What a roster file would change, in a form that can be shown, kept and written.

Nothing is ever taken away (DIR-2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from directory.domain.present_roster import PresentPupil
from directory.domain.roster_file import PlannedPupil

Row = dict[str, Any]


@dataclass
class Steps:
    """What is to be written, by table: rows to add with their ids, and columns to change."""

    groups: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    guardians: list[Row] = field(default_factory=list)
    guardianships: list[Row] = field(default_factory=list)
    memberships: list[Row] = field(default_factory=list)
    contact_points: list[Row] = field(default_factory=list)
    # All numbers of each child that has rows here.
    phone_numbers: list[Row] = field(default_factory=list)
    member_changes: list[Row] = field(default_factory=list)
    guardian_changes: list[Row] = field(default_factory=list)
    label_changes: list[Row] = field(default_factory=list)
    point_changes: list[Row] = field(default_factory=list)


@dataclass
class ChangeList:
    """The same in an office's order: new classes, new, changed and missing children.

    Who is unchanged is only counted. A change: {kind: class|new|changed|missing, member_id,
    class_name, number, display_name, details}, a detail as below.
    """

    classes: list[Row] = field(default_factory=list)
    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    missing: list[Row] = field(default_factory=list)
    unchanged: int = 0
    kept_mails: int = 0

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind.

        `kept_mails`: addresses that only the roster has, and keeps.
        """
        return {
            "classes": len(self.classes),
            "new": len(self.new),
            "changed": len(self.changed),
            "missing": len(self.missing),
            "unchanged": self.unchanged,
            "kept_mails": self.kept_mails,
        }

    def rows(self) -> list[Row]:
        """Return all of them in the order of the page."""
        return [*self.classes, *self.new, *self.changed, *self.missing]


def describe(
    kind: str,
    pupil: PlannedPupil | PresentPupil,
    class_name: str | None,
    member_id: UUID,
    details: list[Row],
) -> Row:
    """Return one child's change."""
    return {
        "kind": kind,
        "member_id": str(member_id),
        "class_name": class_name,
        "number": pupil.number,
        "display_name": pupil.display_name,
        "details": details,
    }


def detail(name: str, before: object, after: object, who: str = "") -> Row:
    """Return one thing that changes: the field, what stood there and what will.

    `who`: the guardian it is about.
    """
    return {"field": name, "before": _text(before), "after": _text(after), "who": who}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
