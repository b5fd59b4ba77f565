"""SEND: from claimed rows to notifications in FCM's hands.

Implements `common.delivery.channel.Channel` for push.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from uuid import UUID

from common.cache import Bounded
from common.crypto import Undecipherable
from common.delivery.channel import Part, Prepared
from common.delivery.claims import Claimed
from common.delivery.outcomes import Reason, Rejected
from common.delivery.points import address_of
from common.web.contents import KEPT_MESSAGES, KEPT_SECONDS, OfSchool
from common.words import LANES
from dispatch_push.actions.take_in import ROUTE
from dispatch_push.clients import Clients
from dispatch_push.domain.compose import Content, Links
from dispatch_push.provider import FcmDoor, FcmProvider, FcmSettings, Notification


class PushChannel:
    """Notifications of both lanes.

    Each lane has connections of its own, so that an urgent one never waits for a normal one's.

    `patience`: the seconds that handing over a batch may take.
    """

    def __init__(self, clients: Clients, fcm: FcmSettings, base_url: str) -> None:
        self._clients = clients
        self._base_url = base_url
        self.patience = fcm.patience
        self._door = FcmDoor(fcm)
        self._providers = {lane: FcmProvider(self._door) for lane in ("urgent", "normal")}
        self._contents = Bounded[OfSchool, Content](most=KEPT_MESSAGES, seconds=KEPT_SECONDS)

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return the one route while FCM is to be left alone, else nothing."""
        return (ROUTE,) if self._door.pause.is_on(now) else ()

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()

    def open_lanes(self, now: datetime) -> Collection[str]:
        """Return both lanes: FCM has one route, which is closed while it is to be left alone."""
        return LANES

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[Notification]:
        """Make the notifications of one message's rows."""
        first = rows[0]
        content = await self._content(first.school_id, first.message_id)
        key = await self._clients.school_keys.fetch(first.school_id)
        links = Links.of(self._base_url, content)
        prepared: Prepared[Notification] = Prepared()
        for row in rows:
            try:
                token = address_of(key, row.contact_point_id, row.address)
                link = links.reading(row.reader_id, row.contact_point_id)
            except (Undecipherable, ValueError):
                prepared.known.append((row.id, Rejected(Reason.ADDRESS_BAD, 0, "token")))
                continue
            prepared.letters.append(_notification(row, content, token, link))
        return prepared

    async def hand_over(self, lane: str, letters: Sequence[Notification]) -> AsyncIterator[Part]:
        """Hand notifications of one lane to FCM."""
        async for part in self._providers[lane].outcomes(letters):
            yield part

    async def _content(self, school_id: UUID, message_id: UUID) -> Content:
        kept_as = (school_id, message_id)
        content = self._contents.get(kept_as)
        if content is None:
            content = await asyncio.to_thread(self._clients.content, school_id, message_id)
            self._contents.put(kept_as, content)
        return content


def _notification(row: Claimed, content: Content, token: str, link: str) -> Notification:
    notice = content.notice
    is_urgent = row.lane == "urgent"
    return Notification(
        delivery_id=row.id,
        token=token,
        school_id=row.school_id,
        message_id=row.message_id,
        title=notice.title,
        body=notice.body,
        link=link,
        is_urgent=is_urgent,
    )
