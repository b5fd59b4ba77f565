"""An operator looks at a school's data: with a written reason, for an hour at most (ID-10)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.errors import Invalid, Refused
from identity.domain.schools import count_characters

SHORTEST_REASON = 10
LONGEST_REASON = 500
MOST_MINUTES = 60


class AccessOpen(Refused):
    """This operator looks at this school already."""

    def __init__(self) -> None:
        super().__init__("access_open", "You have access to this school already.")


class AccessOver(Refused):
    """The access has ended, by hand or by its time."""

    def __init__(self) -> None:
        super().__init__("access_over", "The access has ended. Begin another one, with its reason.")


@dataclass(frozen=True, slots=True)
class NewAccess:
    """An access to be. `id`: chosen by the form, so that two presses begin one."""

    id: UUID
    operator_id: UUID
    school_id: UUID
    reason: str
    minutes: int


def check_access(new: NewAccess) -> None:
    """Raise Invalid for a reason that tells nobody anything, or for too long an access."""
    fields = {}
    length = count_characters(new.reason)
    if length < SHORTEST_REASON:
        fields["reason"] = "too_short"
    elif length > LONGEST_REASON:
        fields["reason"] = "too_long"
    if not 1 <= new.minutes <= MOST_MINUTES:
        fields["minutes"] = "out_of_range"
    if fields:
        raise Invalid("access_invalid", "The access can't begin like this.", fields=fields)
