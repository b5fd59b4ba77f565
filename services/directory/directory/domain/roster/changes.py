"""What a roster file would change, as an office is shown it."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from directory.domain.roster.columns import HEADING_OF
from directory.domain.roster.pupil import PupilValues


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that changes: the field, what stood there and what will.

    `heading`: the field's column, empty where it has none; `who`: the guardian it is about, or the
    place of a number to call.
    """

    field: str
    heading: str
    before: str | None
    after: str | None
    who: str


@dataclass(frozen=True, slots=True)
class RosterChange:
    """One child, class or group that is new, changed, deleted or missing: `kind` says which.

    `kana`, and `row` of the file: by them an office finds a wrong reading before it stands.
    """

    kind: str
    member_id: UUID | None
    class_name: str | None
    number: int | None
    display_name: str
    kana: str = ""
    row: int | None = None
    details: tuple[Detail, ...] = ()


@dataclass
class ChangeList:
    """All changes in an office's order: classes, then new, changed, deleted and missing children.

    Who is unchanged is only counted. `kept_mails`: addresses that only the roster has, and keeps.
    """

    classes: list[RosterChange] = field(default_factory=list)
    new: list[RosterChange] = field(default_factory=list)
    changed: list[RosterChange] = field(default_factory=list)
    deleted: list[RosterChange] = field(default_factory=list)
    missing: list[RosterChange] = field(default_factory=list)
    unchanged: int = 0
    kept_mails: int = 0

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind."""
        return {
            "classes": len(self.classes),
            "new": len(self.new),
            "changed": len(self.changed),
            "deleted": len(self.deleted),
            "missing": len(self.missing),
            "unchanged": self.unchanged,
            "kept_mails": self.kept_mails,
        }

    def in_order(self) -> list[RosterChange]:
        """Return all of them in the order of the page."""
        return [*self.classes, *self.new, *self.changed, *self.deleted, *self.missing]


def describe_class(class_name: str) -> RosterChange:
    """Return a new class or group."""
    return RosterChange("class", None, class_name, None, "")


def describe(
    kind: str,
    pupil: PupilValues,
    class_name: str | None,
    member_id: UUID,
    details: tuple[Detail, ...] = (),
) -> RosterChange:
    """Return one child's change."""
    return RosterChange(
        kind=kind,
        member_id=member_id,
        class_name=class_name,
        number=pupil.number,
        display_name=pupil.display_name,
        kana=pupil.kana,
        row=pupil.file_row,
        details=details,
    )


def detail(name: str, before: object, after: object, who: str = "") -> Detail:
    """Return one thing that changes; `name`: the field."""
    return Detail(name, HEADING_OF.get(name, ""), _text(before), _text(after), who)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
