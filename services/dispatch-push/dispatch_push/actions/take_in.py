"""Queue handlers: a page of a message arrives; a message is stopped. `gather` runs outside the transaction, `act` inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from common.delivery.states import Policy
from common.delivery.take_in import Page, stop_message, take_in
from common.schemas import Envelope
from dispatch_push.clients import Clients
from dispatch_push.store.models import TABLES


def find_page(clients: Clients) -> Callable[[Envelope], Page | None]:
    """Return the gathering half of `delivery.requested`: this channel's contact points of the page's children.

    None where the message leaves this channel out: nobody waits for an answer then.
    """

    def gather(event: Envelope) -> Page | None:
        assert event.school_id is not None
        payload = event.payload
        if "push" not in payload["channels"]:
            return None
        members = {m["member_id"]: m["guardian_ids"] for m in payload["members"]}
        points = clients.app_points(event.school_id, payload["lane"], members)
        return Page(event.school_id, payload["message_id"], payload["lane"], members, points)

    return gather


def accept_page(policy: Policy) -> Callable[..., None]:
    """Return the acting half of `delivery.requested`."""

    def act(session: Session, event: Envelope, page: Page | None, *, now: datetime) -> None:
        if page is not None:
            take_in(session, TABLES, page, policy, now)

    return act


def accept_stop(session: Session, event: Envelope, _facts: Any, *, now: datetime) -> None:
    """Cancel what is not yet handed over of a stopped message (`message.stopped`)."""
    assert event.school_id is not None
    stop_message(session, TABLES, event.payload["message_id"], event.school_id, now)
