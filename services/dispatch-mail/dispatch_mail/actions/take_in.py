"""Queue handlers: a page of a message arrives; a message is stopped. `gather` runs outside the transaction, `act` inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common.crypto import Place, SchoolKey, Undecipherable
from common.delivery.states import Policy
from common.delivery.take_in import FoundPoint, Page, stop_message, take_in
from common.schemas import Envelope
from dispatch_mail.clients import Clients, MailPoint
from dispatch_mail.domain.addresses import AddressRefused, domain_of
from dispatch_mail.store.models import TABLES

NO_ROUTE = "invalid"  # an address that can't be read goes its way and is refused in words, it never vanishes


def address_of(key: SchoolKey, contact_point_id: UUID, sealed: bytes) -> str:
    """Return a contact point's address in plain; raises Undecipherable."""
    return key.decrypt(sealed, Place("contact_points", "address", contact_point_id))


def find_page(clients: Clients) -> Callable[[Envelope], Page | None]:
    """Return the gathering half of `delivery.requested`: this channel's contact points of the page's children.

    None where the message leaves this channel out: nobody waits for an answer then.
    """

    def gather(event: Envelope) -> Page | None:
        assert event.school_id is not None
        payload = event.payload
        if "mail" not in payload["channels"]:
            return None
        members = {m["member_id"]: m["guardian_ids"] for m in payload["members"]}
        found = clients.mail_points(event.school_id, payload["lane"], members)
        key = clients.school_keys.get(event.school_id) if found else None
        points = [_routed(key, point) for point in found if key is not None]
        return Page(event.school_id, payload["message_id"], payload["lane"], members, points)

    return gather


def _routed(key: SchoolKey, point: MailPoint) -> FoundPoint:
    try:
        route = domain_of(address_of(key, point.contact_point_id, point.address))
    except (AddressRefused, Undecipherable):
        route = NO_ROUTE
    return FoundPoint(point.contact_point_id, point.guardian_id, point.owner_member_id, point.address, route)


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
