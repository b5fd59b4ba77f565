"""The product's own notifications to a family: a test, and that a contact point was added (DIR-8).

What they say and where they go directory tells in the moment of sending (ADR 47): no address waits
here, and a link that was pressed meanwhile goes nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from common.crypto import Undecipherable
from common.db.bulk import insert_new
from common.db.listen import wake
from common.delivery.channel import Prepared
from common.delivery.claims import Claimed
from common.delivery.outcomes import Reason, Rejected
from common.delivery.points import address_of
from common.delivery.rows import WAITING
from common.delivery.states import Policy
from common.delivery.take_in import DeliveryPage, FoundPoint, rows_of_notice
from common.schemas import Envelope
from common.words import Lane
from dispatch_push.actions.letters import Letter, OnScreen, letter_of
from dispatch_push.actions.take_in import route_of
from dispatch_push.clients import Clients
from dispatch_push.domain.family_notifications import FamilyNotification, notice_for, path_of
from dispatch_push.store.models import TABLES

GONE = Rejected(Reason.CANCELLED, 0, "gone")


def find_family_notification(clients: Clients) -> Callable[[Envelope], DeliveryPage | None]:
    """Return the gathering half of `family_notification.requested`.

    None where it need not go any more.
    """

    def gather(event: Envelope) -> DeliveryPage | None:
        school_id = event.school_id
        assert school_id is not None
        found = clients.family_notification(school_id, event.payload["notification_id"])
        if found is None:
            return None
        key = clients.school_keys.get(school_id)
        route = route_of(key, found.contact_point_id, found.address)
        point = FoundPoint(found.contact_point_id, found.guardian_id, None, b"", route)
        lane = Lane.URGENT.value if found.is_awaited else Lane.NORMAL.value
        return DeliveryPage(school_id, found.id, lane, members={}, points=[point])

    return gather


def take_in_family_notification(
    session: Session, page: DeliveryPage | None, policy: Policy, now: datetime
) -> None:
    """Make the row of a notification, once."""
    if page is None:
        return
    insert_new(session, TABLES.deliveries, rows_of_notice(page, policy, now))
    wake(session, WAITING)


class FamilyNotifications:
    """Makes the product's own notifications to families."""

    def __init__(self, clients: Clients, base_url: str) -> None:
        self._clients = clients
        self._base_url = base_url

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[Letter]:
        """Make the notification of each row; raises what directory and identity answer."""
        prepared: Prepared[Letter] = Prepared()
        for row in rows:
            await self._prepare(row, prepared)
        return prepared

    async def _prepare(self, row: Claimed, prepared: Prepared[Letter]) -> None:
        found = await asyncio.to_thread(self._find, row)
        if found is None:
            prepared.known.append((row.id, GONE))
            return
        notification, school = found
        key = await self._clients.school_keys.fetch(row.school_id)
        notice = notice_for(notification, school)
        path = path_of(notification)
        told = OnScreen(notice, f"{self._base_url}{path}")
        try:
            address = address_of(key, notification.contact_point_id, notification.address)
            prepared.letters.append(letter_of(row, address, told))
        except (Undecipherable, ValueError):  # SubscriptionRefused among them
            prepared.known.append((row.id, Rejected(Reason.ADDRESS_BAD, 0, "address")))

    def _find(self, row: Claimed) -> tuple[FamilyNotification, str] | None:
        """Ask for all that the words need; None where the notification need not go any more."""
        notification = self._clients.family_notification(row.school_id, row.message_id)
        if notification is None:
            return None
        return notification, self._clients.school_short_name(row.school_id)
