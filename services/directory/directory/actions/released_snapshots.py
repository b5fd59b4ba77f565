"""Frozen audiences end: those that no message goes to after a week (MSG-1).

Each look at a confirm screen freezes an audience. Without this a busy school of 1,000 would leave
a million rows a year.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from common.schemas import Envelope
from directory.actions.year_turn import note_message
from directory.store import snapshots as store

log = structlog.get_logger()

# A confirmed audience can be released for half an hour. The rest is for the word of it, which
# comes late after an outage of messaging's clock or of the broker: a message whose audience is
# gone would reach nobody.
UNRELEASED_KEPT = timedelta(days=7)
# Of the largest schools, 20,000 rows each: what a database deletes within seconds.
PURGED_AT_ONCE = 10


def note_release(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Keep a snapshot, because a message goes to it (`message.released`).

    Messaging reads its pages until the last one is written to the message's recipients.
    """
    assert event.school_id is not None
    snapshot = store.find_snapshot(session, event.school_id, event.payload["snapshot_id"])
    if snapshot is None:
        log.error("snapshot.released_too_late", message_id=str(event.payload["message_id"]))
    elif snapshot.released_at is None:
        snapshot.released_at = event.occurred_at
        note_message(session, event.school_id, snapshot.audience, now=now)


def purge_snapshots(session: Session, *, now: datetime) -> bool:
    """Delete the snapshots that nobody released; return whether there may be more."""
    gone = store.delete_unreleased(session, now - UNRELEASED_KEPT, PURGED_AT_ONCE)
    if gone:
        log.info("snapshots.purged", count=gone)
    return gone == PURGED_AT_ONCE
