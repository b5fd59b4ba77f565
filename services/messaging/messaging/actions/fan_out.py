"""Unfold a released message, page by page, into its recipients (DLV-1).

A page is one queue message: many sends share the queue, and a crash resumes at the page it broke.
`Message.fan_out_after` is the truth about how far it came; an event for any other position is an
echo and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from common.db import Database
from common.db.listen import wake
from common.schemas import Envelope
from messaging import events
from messaging.actions.sweep import FINISHED
from messaging.clients import Clients
from messaging.config import PAGE_HEADS
from messaging.domain.audience import AudiencePage
from messaging.domain.states import MessageState, RecipientState
from messaging.store import messages, recipients
from messaging.store.models import Message


def gather_page(
    database: Database, clients: Clients, page_heads: int = PAGE_HEADS
) -> Callable[[Envelope], AudiencePage | None]:
    """Return the handler's first half, before the transaction.

    It fetches the page that an event names from directory.
    """

    def gather(event: Envelope) -> AudiencePage | None:
        assert event.school_id is not None
        with database.for_school(event.school_id, read_only=True) as session:
            message = messages.get_message(session, event.school_id, event.payload["message_id"])
        snapshot_id = message.snapshot_id
        if snapshot_id is None or not _is_due(message, event):
            return None
        return clients.page(event.school_id, snapshot_id, message.fan_out_after, page_heads)

    return gather


def _is_due(message: Message, event: Envelope) -> bool:
    """Return whether an event names the page that comes next.

    `message.released` names the first, `message.paged` the one after.
    """
    if message.released_at is None or message.fan_out_done_at is not None:
        return False
    # It says that the last page was written: no page comes next.
    if event.type == "message.paged" and event.payload["after"] is None:
        return False
    return bool(message.fan_out_after == event.payload.get("after"))


def record_page(
    session: Session, event: Envelope, facts: AudiencePage | None, *, now: datetime
) -> None:
    """Write a page's recipients, ask the channels to deliver to them, and ask for the next page.

    The message is held meanwhile, so that of two workers with the same page the second finds it
    done. After a stop the rest of the audience is still written, as cancelled: every child that was
    addressed stands in the lists.
    """
    assert event.school_id is not None
    message = messages.lock_message(session, event.school_id, event.payload["message_id"])
    if facts is None or not _is_due(message, event):
        return
    goes_out = message.state == MessageState.RELEASED
    state = RecipientState.WAITING if goes_out else RecipientState.CANCELLED
    recipients.add_recipients(session, message, facts.members, state, now)
    message.fan_out_at = now
    # A directory of before tells no names.
    if any(member.shown_name is None for member in facts.members):
        message.readers_named = False
    if facts.next is None:
        message.fan_out_done_at = now
        # Its last recipient may have ended before, or there are none.
        wake(session, FINISHED)
    else:
        message.fan_out_after = facts.next
    session.flush()
    if goes_out:
        events.put_requested(session, message, facts.members)
    events.put_paged(session, message, facts.next)
