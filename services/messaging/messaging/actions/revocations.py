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
    guardian_id, member_id = event.payload["guardian_id"], event.payload["member_id"]
    joined = revocations.list_joined_into(session, guardian_id, event.school_id)
    for reader_id in (guardian_id, *joined):
        revocations.revoke_guardianship(
            session, event.school_id, reader_id, member_id, _revoked_at(event)
        )


def join_guardians(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Let the old links of a guardian stand and fall with those of the one it was found to be.

    Events come in any order: what was taken from that one since then is taken here too.
    """
    assert event.school_id is not None
    guardian_id, into_id = event.payload["guardian_id"], event.payload["into_id"]
    revocations.join_guardians(session, event.school_id, guardian_id, into_id, event.occurred_at)
    since = _revoked_at(event)
    revoked = revocations.list_revoked_since(session, event.school_id, into_id, since)
    for member_id, at in revoked:
        revocations.revoke_guardianship(session, event.school_id, guardian_id, member_id, at)


def revoke_point(session: Session, event: Envelope, _facts: None, *, now: datetime) -> None:
    """Take the children from the old pages whose links went by a contact point that has ended."""
    assert event.school_id is not None
    point_id = event.payload["contact_point_id"]
    revocations.revoke_point(session, event.school_id, point_id, _revoked_at(event))


def _revoked_at(event: Envelope) -> datetime:
    return event.occurred_at + CLOCKS_APART
