"""What is to be written so that the roster becomes what a file says.

Steps wait for their application as JSON, and come back as what they were: ids as ids, dates as
dates. Nothing is taken away but what the file or the office says in words (DIR-2, DIR-3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from typing import Any, get_args, get_type_hints
from uuid import UUID

from directory.domain.audience import Addressed, group_by_household
from directory.domain.roster.pupil import Values
from directory.domain.words import WITHIN_LIMIT


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A class to be made; what it stands below comes before it."""

    id: UUID
    kind: str
    name: str
    parent_id: UUID | None
    position: int
    fiscal_year: int


@dataclass(frozen=True, slots=True)
class NewMember:
    """A child to be registered; `values`: column → what will stand there."""

    id: UUID
    kind: str
    status: str
    status_since: date
    values: Values
    planned_status: str | None = None
    planned_since: date | None = None


@dataclass(frozen=True, slots=True)
class NewGuardian:
    """A guardian to be registered."""

    id: UUID
    name: str | None
    language: str


@dataclass(frozen=True, slots=True)
class NewGuardianship:
    """A guardian to be linked to a child."""

    member_id: UUID
    guardian_id: UUID
    label: str
    position: int
    protected: bool


@dataclass(frozen=True, slots=True)
class NewMembership:
    """A child to be put into a class; one that is enrolled elsewhere leaves it."""

    group_id: UUID
    member_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class NewContactPoint:
    """An address to be registered, not sealed yet, of a guardian or of a member of staff."""

    id: UUID
    guardian_id: UUID | None
    kind: str
    address: str
    state: str
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewPhoneNumber:
    """A number to call, not sealed yet; together they are all numbers of each child named here."""

    id: UUID
    member_id: UUID
    position: int
    label: str
    number: str


@dataclass(frozen=True, slots=True)
class MemberChange:
    """Columns of a child to be changed; without a `status` its tenure stays, else all four are set.

    `is_restored`: it had been deleted; `heads`: how many more people the contract counts by it.
    """

    id: UUID
    values: Values
    search_key: str
    status: str | None = None
    status_since: date | None = None
    planned_status: str | None = None
    planned_since: date | None = None
    is_restored: bool = False
    heads: int = 0


@dataclass(frozen=True, slots=True)
class GuardianChange:
    """A guardian to be renamed."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A link whose 続柄 is to be changed."""

    member_id: UUID
    guardian_id: UUID
    label: str


@dataclass(frozen=True, slots=True)
class PointRevival:
    """An address that had ended and is to be addressed again, as if it were new."""

    id: UUID


@dataclass(frozen=True, slots=True)
class PointEnd:
    """An address that the office gives up for another one."""

    id: UUID


@dataclass(frozen=True, slots=True)
class MembershipEnd:
    """A free group that a child leaves."""

    group_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class MemberDeletion:
    """A child to be deleted, as by hand: for thirty days it can be brought back."""

    id: UUID
    heads: int


@dataclass
class Steps:
    """All of it: rows to add, then rows to change, then what goes."""

    groups: list[NewGroup] = field(default_factory=list)
    members: list[NewMember] = field(default_factory=list)
    guardians: list[NewGuardian] = field(default_factory=list)
    guardianships: list[NewGuardianship] = field(default_factory=list)
    memberships: list[NewMembership] = field(default_factory=list)
    contact_points: list[NewContactPoint] = field(default_factory=list)
    phone_numbers: list[NewPhoneNumber] = field(default_factory=list)
    member_changes: list[MemberChange] = field(default_factory=list)
    guardian_changes: list[GuardianChange] = field(default_factory=list)
    label_changes: list[LabelChange] = field(default_factory=list)
    point_revivals: list[PointRevival] = field(default_factory=list)
    point_ends: list[PointEnd] = field(default_factory=list)
    membership_ends: list[MembershipEnd] = field(default_factory=list)
    member_deletions: list[MemberDeletion] = field(default_factory=list)

    def count_more(self) -> int:
        """Return by how many people the contract's limit counts more once these are written."""
        new = sum(member.status in WITHIN_LIMIT for member in self.members)
        come = sum(change.heads for change in self.member_changes)
        return new + come - sum(deletion.heads for deletion in self.member_deletions)

    def count_added(self) -> dict[str, int]:
        """Return how many rows each table gets."""
        return {
            "groups": len(self.groups),
            "members": len(self.members),
            "guardians": len(self.guardians),
            "guardianships": len(self.guardianships),
            "memberships": len(self.memberships),
            "contact_points": len(self.contact_points),
            "phone_numbers": len(self.phone_numbers),
        }

    def count_households(self) -> int:
        """Return how many families its new children make, joined by shared guardians."""
        guardians: dict[UUID, list[UUID]] = {}
        for link in self.guardianships:
            guardians.setdefault(link.member_id, []).append(link.guardian_id)
        children = []
        for member in self.members:
            of_child = guardians.get(member.id, ())
            child = Addressed(
                member_id=member.id,
                class_id=None,
                guardian_ids=tuple(of_child),
            )
            children.append(child)
        return len(group_by_household(children))


def read_steps(kept: Mapping[str, Iterable[Mapping[str, Any]]]) -> Steps:
    """Return the steps that were written as JSON, each an object with its fields."""
    steps = Steps()
    for name, kind in _kinds().items():
        getattr(steps, name).extend(_of_json(kind, row) for row in kept[name])
    return steps


@cache
def _kinds() -> Mapping[str, type]:
    """Return the kind of step that each list of Steps holds."""
    hints = get_type_hints(Steps)
    return {name: get_args(hint)[0] for name, hint in hints.items()}


_READERS: Mapping[Any, Callable[[str], Any]] = {
    UUID: UUID,
    UUID | None: UUID,
    date: date.fromisoformat,
    date | None: date.fromisoformat,
}


@cache
def _readers_of(kind: type) -> Mapping[str, Callable[[str], Any]]:
    """Return how to read those fields of a step that JSON holds as text."""
    hints = get_type_hints(kind)
    return {name: _READERS[hint] for name, hint in hints.items() if hint in _READERS}


def row_of(step: Any) -> dict[str, Any]:
    """Return a step's fields by name."""
    return {each.name: getattr(step, each.name) for each in fields(step)}


def _of_json(kind: type, row: Mapping[str, Any]) -> Any:
    readers = _readers_of(kind)
    values = {}
    for name, value in row.items():
        is_text = value is not None and name in readers
        values[name] = readers[name](value) if is_text else value
    return kind(**values)
