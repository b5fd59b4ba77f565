"""One click in a mail stops ordinary messages to that address and tells the school (RFC 8058). A GET changes nothing."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from common.bus import outbox
from common.db import Database
from common.errors import NotFound, Refused
from dispatch_mail.domain.unsubscribe import Unsubscribe, read_token


def read_unsubscribe(database: Database, secret: bytes, token: str, *, today: date) -> Unsubscribe:
    """Return what a link stops.

    Raises NotFound `link_unknown` when it is not one of ours, `link_gone` when its school is erased; Refused `link_expired` when
    its term is over.
    """
    found = read_token(secret, token)
    if found is None:
        raise NotFound("link_unknown", "This link is not valid.")
    if database.has_erased(found.school_id):
        raise NotFound("link_gone", "The school's data, and this address with it, is erased.")
    if found.until < today:
        raise Refused("link_expired", "This link has had its time.")
    return found


def stop_contact_point(session: Session, school_id: UUID, contact_point_id: UUID) -> None:
    """Tell directory that ordinary messages to this contact point stop; twice is the same as once there."""
    outbox.put(session, "contact_point.stopped", {"contact_point_id": contact_point_id}, school_id=school_id)
