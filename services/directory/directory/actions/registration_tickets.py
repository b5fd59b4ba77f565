"""Take a registration over into the page that a phone installs (DIR-8, ADR 52).

An iPhone shows notifications of installed pages alone, and these know nothing of what the browser
holds. The page that is installed begins with a ticket: it is good for half an hour and once, and
the registration is then held there and no more in the browser. What that one had asked for, and
nobody has proved, is void then: it would be somebody else's who lures a family onto it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from directory.actions.registrations import get_open
from directory.domain.registration.errors import RegistrationOver
from directory.domain.registration.tokens import digest_of, new_token
from directory.store import line_links as line_store
from directory.store import registrations as store
from directory.store.models import LineLink, Registration, RegistrationMail

# From the page that says how to install to the installed one: a family looks for the button.
LIVES = timedelta(minutes=30)


class GivenTicket(NamedTuple):
    """What takes a registration over, and until when."""

    text: str
    expires_at: datetime


def give_ticket(session: Session, school_id: UUID, token: str, *, now: datetime) -> GivenTicket:
    """Return a new ticket, which makes the last one void; raise RegistrationOver."""
    registration = get_open(session, school_id, token, now)
    text = new_token()
    registration.ticket_digest = digest_of(text)
    registration.ticket_expires_at = now + LIVES
    return GivenTicket(text, registration.ticket_expires_at)


def use_ticket(session: Session, school_id: UUID, text: str, *, now: datetime) -> str:
    """Return what holds the registration from now on, and nothing else does.

    Raise RegistrationOver for a ticket that was used, is too old, or never was.
    """
    registration = store.find_by_ticket(session, school_id, digest_of(text), now)
    if registration is None:
        raise RegistrationOver()
    _void_waiting(session, registration, now)
    token = new_token()
    registration.token_digest = digest_of(token)
    registration.ticket_digest = registration.ticket_expires_at = None
    return token


def _void_waiting(session: Session, registration: Registration, now: datetime) -> None:
    """Let no mail and no LINE user come in any more that was asked for in the browser before."""
    mails = store.list_mails(session, registration)
    links = line_store.list_links(session, registration)
    given: list[RegistrationMail | LineLink] = [*mails, *links]
    for asked in given:
        if asked.proved_at is None:
            asked.expires_at = min(asked.expires_at, now)
