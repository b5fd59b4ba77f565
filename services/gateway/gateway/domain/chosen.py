"""People chosen from a list and changed together: who changes by it, who is so already (DIR-1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from common.answers.directory import GroupName, NamedMember
from gateway.domain.contract_end import read_day
from gateway.domain.member_form import STATUSES

JOIN, LEAVE = "join", "leave"


@dataclass(frozen=True, slots=True)
class Parted:
    """The chosen people: those who change, and those for whom nothing is left to do."""

    changing: list[NamedMember]
    already: list[NamedMember]


def part_by_group(people: Iterable[NamedMember], here: Mapping[str, str], way: str) -> Parted:
    """Part people by whether they come into a group, or leave it.

    `here`: person → how they are in it.
    """
    parted = Parted([], [])
    for person in people:
        is_here = person["id"] in here
        changes = is_here if way == LEAVE else not is_here
        side = parted.changing if changes else parted.already
        side.append(person)
    return parted


def part_by_status(people: Iterable[NamedMember], status: str) -> Parted:
    """Part people by whether they have a status already."""
    parted = Parted([], [])
    for person in people:
        side = parted.already if person["status"] == status else parted.changing
        side.append(person)
    return parted


@dataclass(frozen=True, slots=True)
class TypedStatus:
    """A status and its first day as they were chosen on a list."""

    status: str
    since: date | None

    @classmethod
    def read(cls, kind: str, form: Mapping[str, str]) -> TypedStatus:
        status = form.get("status", "")
        since = read_day(form.get("since", "").strip())
        return cls(status if status in STATUSES[kind] else "", since)

    @property
    def problem(self) -> str:
        """Say what is missing; nothing where all is there."""
        if not self.status:
            return "在籍状況を選んでください。まだ何も変えていません。"
        if self.since is None:
            return "いつからかを、2027/3/31 のように入れてください。まだ何も変えていません。"
        return ""


def joinable(groups: Collection[GroupName], kind: str) -> list[GroupName]:
    """Return the groups that people of a kind join and leave, and that this person may change.

    A class is left only by being enrolled in another, which is done one by one or by Excel.
    """
    wanted = "staff" if kind == "staff" else "free"
    return [group for group in groups if group["kind"] == wanted and group["changeable"]]
