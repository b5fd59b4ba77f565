"""TAKE IN: which way a LINE user is reached (`common.delivery.doors` asks directory and makes the
rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from common.db import Database
from common.delivery.doors import Route
from common.delivery.outcomes import Reason
from common.delivery.points import SealedPoint
from common.delivery.take_in import FoundPoint
from dispatch_line.store import accounts

# The school has no LINE account: its rows are refused in words, they never vanish.
NO_ACCOUNT = "none"


def by_account(database: Database) -> Route:
    """Route every user by the school's account.

    Who has blocked the school gets nothing and is answered for.
    """

    def route(school_id: UUID, points: Sequence[SealedPoint]) -> list[FoundPoint]:
        with database.for_school(school_id, read_only=True) as session:
            account_id = accounts.find_account_of(session, school_id)
        account = str(account_id or NO_ACCOUNT)
        found = []
        for point in points:
            reason = None
            if point.health == "blocked":
                reason = Reason.BLOCKED_BY_USER
            found.append(point.on(account, reason))
        return found

    return route
