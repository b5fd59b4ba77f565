"""The end of a school's contract (RET-1): when it holds, and how sure the operator must be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from common.errors import Invalid, Refused
from identity.domain.words import SchoolState

USUAL_GRACE_DAYS = 30
# Erased on day 39 at the latest: the last of 30 daily backups then leaves by day 69.
LONGEST_GRACE_DAYS = 38


class SchoolClosed(Refused):
    """The school's data is being erased, or is erased: nobody signs in.

    Said only to who gave the right password.
    """

    def __init__(self, state: SchoolState) -> None:
        if state is SchoolState.ERASING:
            super().__init__("school_erasing", "This school's data is being erased.")
        else:
            super().__init__("school_erased", "This school's data is erased.")


class NotErasing(Refused):
    """A key is destroyed only when its school's erasure has begun."""

    def __init__(self) -> None:
        super().__init__(
            "school_not_erasing", "This school's erasure has not begun: its key is in use."
        )


class ErasureNotDue(Refused):
    """The erasure of a school may not begin: its contract, or its days of grace, are not over."""

    def __init__(self) -> None:
        super().__init__(
            "erasure_not_due", "This school's data is still kept: its erasure may not begin."
        )


@dataclass(frozen=True, slots=True)
class End:
    """The last day of a contract, and for how many days more its data is kept."""

    ended_on: date
    grace_days: int = USUAL_GRACE_DAYS

    def has_come(self, today: date) -> bool:
        """Return whether the school is read-only from now on.

        An end that lies ahead holds from the day after.
        """
        return self.ended_on <= today

    def erases_at_once(self, today: date) -> bool:
        """Return whether nothing lies between this and the erasure: its days of grace are over."""
        last_day = self.ended_on + timedelta(days=self.grace_days)
        return last_day < today or (self.grace_days == 0 and last_day == today)


@dataclass(frozen=True, slots=True)
class EndNotice:
    """That a contract ends, said on a day; `name_typed`: the school's name, to make sure."""

    end: End
    given_on: date
    name_typed: str | None = None


def check_end(
    end: End, *, name: str, name_typed: str | None, today: date, starts_on: date | None = None
) -> None:
    """Raise Invalid for an end that can't be. `starts_on`: the contract's first day.

    What would erase at once needs the school's name, typed exactly: a slip in a year must not erase
    a school.
    """
    fields = {}
    if not 0 <= end.grace_days <= LONGEST_GRACE_DAYS:
        fields["grace_days"] = "out_of_range"
    elif starts_on is not None and end.ended_on < starts_on:
        fields["ended_on"] = "before_start"
    elif end.grace_days == 0 and end.ended_on > today:
        fields["ended_on"] = "lies_ahead"
    elif end.erases_at_once(today) and name_typed != name:
        fields["name_typed"] = "not_the_name"
    if fields:
        raise Invalid("end_invalid", "The contract can't end like this.", fields=fields)
