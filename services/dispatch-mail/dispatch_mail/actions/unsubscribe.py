"""One click in a mail stops ordinary messages to that address and tells the school (RFC 8058). A GET changes nothing."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from common.bus import outbox
from common.crypto import link_holds, parse_link
from common.errors import NotFound


def read_unsubscribe(secret: bytes, token: str) -> tuple[UUID, UUID]:
    """Return (school id, contact point id) of a link; raise NotFound when it is not one of ours."""
    parsed = parse_link(token, 2)
    if parsed is None or not link_holds(secret, "u", *parsed):
        raise NotFound("link_unknown", "This link is not valid.")
    school_id, contact_point_id = parsed[0]
    return school_id, contact_point_id


def stop_contact_point(session: Session, school_id: UUID, contact_point_id: UUID) -> None:
    """Tell directory that ordinary messages to this contact point stop; twice is the same as once there."""
    outbox.put(session, "contact_point.stopped", {"contact_point_id": contact_point_id}, school_id=school_id)
