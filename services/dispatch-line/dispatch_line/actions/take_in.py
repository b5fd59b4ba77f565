"""Queue handlers: a page of a message arrives; a message is stopped. `gather` runs outside the transaction, `act` inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import Place, SchoolKey
from common.delivery.outcomes import Reason
from common.delivery.states import Policy
from common.delivery.take_in import FoundPoint, Page, stop_message, take_in
from common.schemas import Envelope
from dispatch_line.clients import Clients, LinePoint
from dispatch_line.store import accounts
from dispatch_line.store.models import TABLES

NO_ACCOUNT = "none"  # the school has no LINE account: its rows are refused in words, they never vanish


@dataclass(frozen=True, slots=True)
class Found:
    """What directory knows of a page on this channel."""

    members: dict[UUID, list[UUID]]
    points: list[LinePoint]


def user_of(key: SchoolKey, contact_point_id: UUID, sealed: bytes) -> str:
    """Return a contact point's LINE user id in plain; raises Undecipherable."""
    return key.decrypt(sealed, Place("contact_points", "address", contact_point_id))


def find_page(clients: Clients) -> Callable[[Envelope], Found | None]:
    """Return the gathering half of `delivery.requested`: this channel's contact points of the page's children.

    None where the message leaves LINE out: nobody waits for an answer then.
    """

    def gather(event: Envelope) -> Found | None:
        assert event.school_id is not None
        if "line" not in event.payload["channels"]:
            return None
        members = {m["member_id"]: m["guardian_ids"] for m in event.payload["members"]}
        return Found(members, clients.line_points(event.school_id, event.payload["lane"], members))

    return gather


def accept_page(policy: Policy) -> Callable[..., None]:
    """Return the acting half of `delivery.requested`. A user who has blocked the school gets nothing and is answered for."""

    def act(session: Session, event: Envelope, found: Found | None, *, now: datetime) -> None:
        assert event.school_id is not None
        if found is None:
            return
        account_id = accounts.find_account_of(session, event.school_id)
        route = str(account_id) if account_id else NO_ACCOUNT
        points = [_routed(point, route) for point in found.points]
        page = Page(event.school_id, event.payload["message_id"], event.payload["lane"], found.members, points)
        take_in(session, TABLES, page, policy, now)

    return act


def _routed(point: LinePoint, route: str) -> FoundPoint:
    refused = Reason.BLOCKED_BY_USER if point.is_blocked else None
    ids = (point.contact_point_id, point.guardian_id, point.owner_member_id)
    return FoundPoint(*ids, point.address, route, refused)


def accept_stop(session: Session, event: Envelope, _facts: Any, *, now: datetime) -> None:
    """Cancel what is not yet handed over of a stopped message (`message.stopped`)."""
    assert event.school_id is not None
    stop_message(session, TABLES, event.payload["message_id"], event.school_id, now)
