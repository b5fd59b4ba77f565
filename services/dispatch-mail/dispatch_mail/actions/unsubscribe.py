"""One click in a mail stops ordinary messages to that address and tells the school (RFC 8058). A GET changes nothing."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from common.bus import outbox
from common.errors import NotFound, Refused
from dispatch_mail.domain.unsubscribe import Unsubscribe, read_token


def read_unsubscribe(secret: bytes, token: str, *, today: date) -> Unsubscribe:
    """Return what a link stops; raise NotFound when it is not one of ours, Refused `link_expired` when its term is over."""
    found = read_token(secret, token)
    if found is None:
        raise NotFound("link_unknown", "This link is not valid.")
    if found.until < today:
        raise Refused("link_expired", "This link has had its time.")
    return found


def stop_contact_point(session: Session, school_id: UUID, contact_point_id: UUID) -> None:
    """Tell directory that ordinary messages to this contact point stop; twice is the same as once there."""
    outbox.put(session, "contact_point.stopped", {"contact_point_id": contact_point_id}, school_id=school_id)
