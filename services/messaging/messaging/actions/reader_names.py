"""Give the readers of what was sent before the names that their pages show.

From now on names come with the audience. This is for messages that were sent, or unfolded, without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common.db import Database
from common.schemas import Envelope
from messaging import events
from messaging.clients import Clients, NamedNow
from messaging.store import messages, recipients

# Directory's limit of one look-up.
MEMBERS_AT_ONCE = 500
MESSAGES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class FoundNames:
    """The members that were asked for, and those of them whom directory knows."""

    asked: Sequence[UUID]
    known: Sequence[NamedNow]


def ask_for_names(session: Session, *, now: datetime) -> bool:
    """Have the unnamed readers of messages named whose links still open; return whether to go on.

    A job: it only puts the question, which a worker asks outside of every transaction.
    """
    unnamed = messages.take_unnamed(session, now, MESSAGES_AT_ONCE)
    for message in unnamed:
        events.put_unnamed(session, message, None)
    return len(unnamed) == MESSAGES_AT_ONCE


def gather_names(database: Database, clients: Clients) -> Callable[[Envelope], FoundNames]:
    """Return the handler's first half: it asks directory for the names of the next members."""

    def gather(event: Envelope) -> FoundNames:
        assert event.school_id is not None
        message_id, after = event.payload["message_id"], event.payload["after"]
        with database.for_school(event.school_id, read_only=True) as session:
            message = messages.get_message(session, event.school_id, message_id)
            asked = recipients.list_unnamed(session, message, after, MEMBERS_AT_ONCE)
        known = clients.names(event.school_id, asked) if asked else ()
        return FoundNames(asked, known)

    return gather


def record_names(session: Session, event: Envelope, facts: FoundNames, *, now: datetime) -> None:
    """Write the names, and ask for the next members.

    Whom directory does not know any more is shown without a name.
    """
    assert event.school_id is not None
    message = messages.get_message(session, event.school_id, event.payload["message_id"])
    recipients.name_readers(session, message, facts.asked, facts.known)
    if len(facts.asked) == MEMBERS_AT_ONCE:
        events.put_unnamed(session, message, facts.asked[-1])
