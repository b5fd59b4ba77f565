"""How somebody belongs to the school: the status of today, and the one that is planned (DIR-12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from directory.domain.words import WITHIN_LIMIT, MemberStatus

# What somebody is until the first status of their own begins. Nothing comes before 入学予定.
_BEFORE: Mapping[str, MemberStatus] = {
    MemberStatus.ENROLLED.value: MemberStatus.PROSPECTIVE,
    MemberStatus.SUSPENDED.value: MemberStatus.ENROLLED,
    MemberStatus.TRANSFERRED.value: MemberStatus.ENROLLED,
    MemberStatus.GRADUATED.value: MemberStatus.ENROLLED,
    # Whoever comes on 1 April still belongs to another school.
    MemberStatus.ACTIVE.value: MemberStatus.MOVED,
    MemberStatus.MOVED.value: MemberStatus.ACTIVE,
    MemberStatus.RETIRED.value: MemberStatus.ACTIVE,
}


@dataclass(frozen=True, slots=True)
class Tenure:
    """A status and since when; `planned_status`: the one that takes its place on `planned_since`.

    The names are those of the columns of `members`.
    """

    status: str
    status_since: date
    planned_status: str | None = None
    planned_since: date | None = None

    @property
    def heads(self) -> int:
        """Return how many people the contract counts by it."""
        return int(self.status in WITHIN_LIMIT)

    def plans_nothing(self, status: str, since: date, today: date) -> bool:
        """Return whether a status is only to come and would change nothing when it does."""
        return since > today and status == self.status

    def turn(self, status: str, since: date, today: date) -> Tenure:
        """Return what it is after a status of a day is written.

        One of a day to come takes the place of the plan. One that has begun leaves the plan, unless
        it is the planned one that came early.
        """
        if since > today:
            return replace(self, planned_status=status, planned_since=since)
        if status == self.planned_status:
            return Tenure(status, since)
        return replace(self, status=status, status_since=since)

    def columns(self) -> dict[str, Any]:
        """Return it as columns of `members`."""
        return {
            "status": self.status,
            "status_since": self.status_since,
            "planned_status": self.planned_status,
            "planned_since": self.planned_since,
        }


def tenure_of(member: Mapping[str, Any]) -> Tenure:
    """Return the tenure of a member with these columns."""
    return Tenure(
        status=member["status"],
        status_since=member["status_since"],
        planned_status=member["planned_status"],
        planned_since=member["planned_since"],
    )


def tenure_before(status: str, today: date) -> Tenure:
    """Return what somebody new is today whose own status may begin later."""
    before = _BEFORE.get(status, status)
    return Tenure(str(before), today)
