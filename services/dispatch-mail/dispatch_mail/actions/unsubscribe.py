"""One click in a mail stops ordinary messages to that address and tells the school (RFC 8058).

Another takes it back.

A GET changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from common.bus import outbox
from common.db import Database
from common.errors import NotFound, Refused
from dispatch_mail.domain.unsubscribe import Unsubscribe, read_token
from dispatch_mail.store import link_presses

# A press within this time after the same press says nothing new. Not longer: the family may phone,
# the school resume the address, and the family stop it again.
REPEATED_WITHIN = timedelta(minutes=1)


def read_unsubscribe(database: Database, secret: bytes, token: str, *, today: date) -> Unsubscribe:
    """Return what a link stops.

    Raises NotFound `link_unknown` when it is not one of ours, `link_gone` when its school is
    erased; Refused `link_expired` when its term is over.
    """
    found = read_token(secret, token)
    if found is None:
        raise NotFound("link_unknown", "This link is not valid.")
    if database.has_erased(found.school_id):
        raise NotFound("link_gone", "The school's data, and this address with it, is erased.")
    if found.until < today:
        raise Refused("link_expired", "This link has had its time.")
    return found


def stop_contact_point(session: Session, link: Unsubscribe, *, now: datetime) -> None:
    """Tell directory that ordinary messages to this contact point stop.

    Once, however often the link is pressed.
    """
    if _is_news(session, link, is_stopped=True, now=now):
        outbox.put(
            session,
            "contact_point.stopped",
            {"contact_point_id": link.contact_point_id},
            school_id=link.school_id,
        )


def resume_contact_point(session: Session, link: Unsubscribe, *, now: datetime) -> None:
    """Tell directory that the family takes its stop back.

    Once, however often the button is pressed.
    """
    if _is_news(session, link, is_stopped=False, now=now):
        outbox.put(
            session,
            "contact_point.resumed",
            {"contact_point_id": link.contact_point_id},
            school_id=link.school_id,
        )


def forget_link_presses(session: Session, *, now: datetime) -> None:
    """Drop presses that no later one can repeat."""
    link_presses.forget_presses(session, now - REPEATED_WITHIN)


def _is_news(session: Session, link: Unsubscribe, *, is_stopped: bool, now: datetime) -> bool:
    press = (link.school_id, link.contact_point_id)
    return link_presses.note_press(
        session, *press, is_stopped=is_stopped, now=now, since=now - REPEATED_WITHIN
    )
