"""Who acts, and what of the school they may see."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from messaging.domain.audience import Snapshot

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Actor:
    """A member of staff at work.

    `only_groups`: the classes and groups to which sending is limited, None for the whole school.
    `own_messages_only`: what others sent is shown where they opened it to their colleagues (ID-7).
    """

    account_id: UUID
    school_id: UUID
    member_id: UUID | None
    only_groups: frozenset[UUID] | None
    may_send_urgent: bool
    own_messages_only: bool = False

    def owns(self, created_by: UUID) -> bool:
        """Return whether a message is this person's to change.

        Who sees the whole school changes everybody's.
        """
        sees_all = self.only_groups is None and not self.own_messages_only
        return sees_all or created_by == self.account_id

    def may_address(self, snapshot: Snapshot) -> bool:
        """Return whether an audience is this person's to send to.

        Directory has checked the scope of a snapshot that this person asked for; somebody else's
        must be of groups inside it alone: whose class a single child is in is not known here.
        """
        if self.only_groups is None or snapshot.created_by == self.account_id:
            return True
        return (
            bool(snapshot.group_ids)
            and snapshot.group_ids <= self.only_groups
            and not snapshot.audience["member_ids"]
        )


def whole_school(school_id: UUID) -> Actor:
    """Return one who sees a whole school and wrote none of its messages."""
    return Actor(
        account_id=_NOBODY,
        school_id=school_id,
        member_id=None,
        only_groups=None,
        may_send_urgent=False,
    )
