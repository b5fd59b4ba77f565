"""Take a registration over into the page that a phone installs (DIR-8, ADR 52).

An iPhone shows notifications of installed pages alone, and these know nothing of what the browser
holds. The page that is installed begins with a ticket: it is good for half an hour and once, and
the registration is then held there and no more in the browser. What that one had asked for, and
nobody has proved, is void then, and a registration that has let somebody in is taken over by no
ticket: it would be somebody else's who lures a family onto it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from directory.actions.registrations import get_open
from directory.domain.registration.errors import RegistrationOver
from directory.domain.registration.tokens import digest_of, new_token, ticket_of
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
    """Return the ticket of a registration, the same however often it is asked for.

    Raise RegistrationOver, also for one that let somebody in: they have My Page.
    """
    registration = get_open(session, school_id, token, now)
    if _has_let_in(session, registration):
        raise RegistrationOver()
    text = ticket_of(token)
    registration.ticket_digest = digest_of(text)
    registration.ticket_expires_at = now + LIVES
    return GivenTicket(text, registration.ticket_expires_at)


def use_ticket(session: Session, school_id: UUID, text: str, *, now: datetime) -> str:
    """Return what holds the registration from now on, and nothing else does.

    Raise RegistrationOver for a ticket that was used, is too old, or never was, and where the
    registration has let somebody in since.
    """
    registration = store.find_by_ticket(session, school_id, digest_of(text), now)
    if registration is None or _has_let_in(session, registration):
        raise RegistrationOver()
    _void_waiting(session, registration, now)
    token = new_token()
    registration.token_digest = digest_of(token)
    registration.ticket_digest = registration.ticket_expires_at = None
    return token


def _has_let_in(session: Session, registration: Registration) -> bool:
    """Return whether something of it is proved, though the office may still have to accept it."""
    proved = [asked for asked in _asked(session, registration) if asked.proved_at is not None]
    return bool(proved or store.list_apps(session, registration))


def _asked(session: Session, registration: Registration) -> list[RegistrationMail | LineLink]:
    mails = store.list_mails(session, registration)
    links = line_store.list_links(session, registration)
    return [*mails, *links]


def _void_waiting(session: Session, registration: Registration, now: datetime) -> None:
    """Let no mail and no LINE user come in any more that was asked for in the browser before."""
    for asked in _asked(session, registration):
        if asked.proved_at is None:
            asked.expires_at = min(asked.expires_at, now)
