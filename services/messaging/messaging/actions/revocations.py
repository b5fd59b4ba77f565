"""Hear from directory who may no longer read what was sent before (DIR-15)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from common.schemas import Envelope
from messaging.store import revocations

# What was released up to so long after is revoked too: directory tells the moment by its own clock,
# which may be 5 seconds behind ours, and before its commit. Who is a guardian again so soon reads
# the next message.
CLOCKS_APART = timedelta(seconds=10)


def revoke_guardianship(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Take a child from the old pages of somebody who is not its guardian any more, or protected.

    Noted by itself, not on the readers: a page of a send may be unfolded after it.
    """
    assert event.school_id is not None
    revocations.revoke_guardianship(
        session,
        event.school_id,
        event.payload["guardian_id"],
        event.payload["member_id"],
        _revoked_at(event),
    )


def revoke_point(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Take the children from the old pages whose links went by a contact point that has ended."""
    assert event.school_id is not None
    point_id = event.payload["contact_point_id"]
    revocations.revoke_point(session, event.school_id, point_id, _revoked_at(event))


def _revoked_at(event: Envelope) -> datetime:
    return event.occurred_at + CLOCKS_APART
