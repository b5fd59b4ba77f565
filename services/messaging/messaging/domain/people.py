"""Who acts, and what of the school they may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff at work. `only_groups`: the classes and groups to which sending is limited, None for the whole school."""

    account_id: UUID
    school_id: UUID
    member_id: UUID | None
    only_groups: frozenset[UUID] | None
    may_send_urgent: bool

    def may_address(self, group_ids: Iterable[UUID], *, made_by: UUID | None) -> bool:
        """Return whether an audience is this person's to send to.

        Directory has checked the scope of a snapshot that this person asked for; somebody else's must lie inside it.
        """
        if self.only_groups is None or made_by == self.account_id:
            return True
        groups = frozenset(group_ids)
        return bool(groups) and groups <= self.only_groups
