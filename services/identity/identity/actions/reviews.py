"""The look at all accounts twice a year: who stays, who is stopped, signed and kept (ID-13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common.canonical import canonical
from common.errors import Refused
from common.keys import Keys
from common.operations import ACCOUNTS_REVIEWED
from identity import events
from identity.actions.accounts import begin_changes
from identity.domain.words import Actor, RoleStatus
from identity.store import accounts, reviews
from identity.store.models import AccountReview, StaffRole


class ReviewIncomplete(Refused):
    """Somebody is missing from the list, or is there no more: it is looked at again."""

    def __init__(self) -> None:
        super().__init__("review_incomplete", "The accounts have changed meanwhile.")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was decided of every account that can sign in, and by whose account."""

    reviewer: UUID
    kept: frozenset[UUID]
    stopped: frozenset[UUID]

    def covers(self, account_ids: Collection[UUID]) -> bool:
        """Return whether each of these is decided, and nobody else, and nobody twice."""
        is_single = not self.kept & self.stopped
        return is_single and self.kept | self.stopped == set(account_ids)


def review_accounts(
    session: Session,
    school_id: UUID,
    reviewed: Reviewed,
    *,
    keys: Keys,
    now: datetime,
) -> AccountReview:
    """Keep what was decided of all accounts, and stop who shall not sign in any more.

    Raise ReviewIncomplete, or LastAdministrator.
    """
    roles = [
        role
        for role, _ in accounts.list_with_accounts(session, school_id)
        if role.status == RoleStatus.ACTIVE
    ]
    if not reviewed.covers([role.account_id for role in roles]):
        raise ReviewIncomplete()
    listed = [_line_of(role, reviewed) for role in roles]
    actor = Actor.of_staff(reviewed.reviewer)
    changing = begin_changes(session, school_id, actor=actor)
    for account_id in sorted(reviewed.stopped):
        changing.change(account_id, {"status": RoleStatus.ENDED})
    review = AccountReview(
        id=uuid4(),
        school_id=school_id,
        reviewed_at=now,
        reviewed_by=reviewed.reviewer,
        listed=listed,
        key_id=keys.key_id(),
        signature=b"",
    )
    review.signature = keys.sign(signed_form(review))
    reviews.add_review(session, review)
    events.record_operation(
        session,
        ACCOUNTS_REVIEWED,
        actor,
        school_id=school_id,
        kept=len(reviewed.kept),
        stopped=len(reviewed.stopped),
    )
    return review


def _line_of(role: StaffRole, reviewed: Reviewed) -> dict[str, Any]:
    last = role.last_sign_in_at
    return {
        "account_id": str(role.account_id),
        "display_name": role.display_name,
        "post": role.post,
        "role": role.role,
        "last_sign_in_at": last.isoformat() if last else None,
        "stays": role.account_id in reviewed.kept,
    }


def signed_form(review: AccountReview) -> bytes:
    """Return the bytes that identity signs."""
    return canonical(
        {
            "id": review.id,
            "school_id": review.school_id,
            "reviewed_at": review.reviewed_at,
            "reviewed_by": review.reviewed_by,
            "listed": review.listed,
        }
    )
