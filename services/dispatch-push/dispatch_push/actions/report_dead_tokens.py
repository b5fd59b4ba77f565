"""A token that Firebase no longer knows: the family changed its phone or removed the app, and
directory has to know.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from common.bus import outbox
from dispatch_push.store.dead_tokens import take_unreported

REPORTED_AT_ONCE = 500


def report_dead_tokens(session: Session, *, now: datetime) -> None:
    """Tell directory of contact points whose token is dead, in the transaction that notes them as
    told.

    A job over the settled rows and not a part of settling: after a crash between the two it finds
    what was not told yet.
    """
    for dead in take_unreported(session, now, REPORTED_AT_ONCE):
        payload = {
            "contact_point_id": dead.contact_point_id,
            "health": "token_dead",
            "since": dead.since,
        }
        outbox.put(session, "contact_point.changed", payload, school_id=dead.school_id)
