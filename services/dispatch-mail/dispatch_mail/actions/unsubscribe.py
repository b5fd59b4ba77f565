"""One click in a mail stops ordinary messages to that address and tells the school (RFC 8058).

Another takes it back.

A GET changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from common.bus import outbox
from common.db import Database
from common.errors import NotFound, Refused, ServiceError
from dispatch_mail.clients import Clients
from dispatch_mail.domain.unsubscribe import Unsubscribe, read_token
from dispatch_mail.store import link_presses
from dispatch_mail.store.link_presses import SaidPress

# A press within this time after the same press says nothing new, though directory does not know it:
# it is on its way. Not longer: the family may phone, the school resume the address, and the family
# stop it again.
REPEATED_WITHIN = timedelta(minutes=1)
# Directory hears of a press within seconds, after an outage of the broker within hours. A press
# that takes back what directory has not heard of yet must not be dropped as nothing new.
REMEMBERED = timedelta(days=1)


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


def is_known_to_directory(clients: Clients, link: Unsubscribe, state: str) -> bool:
    """Ask directory, outside any transaction, whether a contact point is in this state already.

    One that has ended, or is not there any more, is in every state. False while directory is away:
    rather an event too many than a family that is not heard.
    """
    try:
        known = clients.point_state(link.school_id, link.contact_point_id)
    except ServiceError as error:
        return error.code == "contact_point_not_found"
    return known in (state, "ended")


def stop_contact_point(
    session: Session, link: Unsubscribe, *, is_known: bool, now: datetime
) -> None:
    """Tell directory that ordinary messages to this contact point stop.

    Once, however often the link is pressed. `is_known`: directory has it so already.
    """
    press = SaidPress(link.school_id, link.contact_point_id, is_stopped=True)
    if _is_news(session, press, is_known=is_known, now=now):
        payload = {"contact_point_id": link.contact_point_id}
        outbox.put(session, "contact_point.stopped", payload, school_id=link.school_id)


def resume_contact_point(
    session: Session, link: Unsubscribe, *, is_known: bool, now: datetime
) -> None:
    """Tell directory that the family takes its stop back.

    Once, however often the button is pressed. `is_known`: directory has it so already.
    """
    press = SaidPress(link.school_id, link.contact_point_id, is_stopped=False)
    if _is_news(session, press, is_known=is_known, now=now):
        payload = {"contact_point_id": link.contact_point_id}
        outbox.put(session, "contact_point.resumed", payload, school_id=link.school_id)


def forget_link_presses(session: Session, *, now: datetime) -> None:
    """Drop presses that directory has heard of since long."""
    link_presses.forget_presses(session, now - REMEMBERED)


def _is_news(session: Session, press: SaidPress, *, is_known: bool, now: datetime) -> bool:
    """Note a press that says something new; return whether it does. Two at once wait for one
    another.
    """
    last = link_presses.lock_press(session, press.contact_point_id)
    if last is None:
        if is_known:
            return False
        return link_presses.note_first_press(session, press, now)
    is_repeated = last.is_stopped == press.is_stopped
    passed = now - last.pressed_at
    is_on_its_way = passed <= REPEATED_WITHIN
    is_old = is_known or is_on_its_way
    if is_repeated and is_old:
        return False
    last.is_stopped = press.is_stopped
    last.pressed_at = now
    return True
