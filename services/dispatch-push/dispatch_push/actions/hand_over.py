"""SEND: from claimed rows to notifications in FCM's hands. Implements `common.delivery.dispatcher.Channel` for push."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from uuid import UUID

from common import clock
from common.crypto import Undecipherable
from common.delivery.needs import NotToBeHad, needed
from common.delivery.outcomes import NotSent, Outcome, Reason, Refused
from common.delivery.points import address_of
from common.delivery.rows import Claimed
from common.errors import Unavailable
from dispatch_push.actions.take_in import ROUTE
from dispatch_push.clients import Clients
from dispatch_push.domain.compose import Content, Links
from dispatch_push.provider import FcmDoor, FcmProvider, FcmSettings, Notification

Part = list[tuple[UUID, Outcome]]
CACHED_MESSAGES = 64


class PushChannel:
    """Notifications of both lanes; each lane has connections of its own, so that an urgent one never waits for a normal one's."""

    def __init__(self, clients: Clients, fcm: FcmSettings, base_url: str) -> None:
        self._clients = clients
        self._base_url = base_url
        self._patience = fcm.patience
        self._door = FcmDoor(fcm)
        self._providers = {lane: FcmProvider(self._door) for lane in ("urgent", "normal")}
        self._contents: OrderedDict[UUID, Content] = OrderedDict()

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return the one route while FCM is to be left alone, else nothing."""
        return (ROUTE,) if self._door.pause.is_on(now) else ()

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()

    async def send(self, batch: Sequence[Claimed]) -> AsyncIterator[Part]:
        """Hand over a batch of one lane. What needs a house that is away is NotSent; raises Unavailable when that is all of it.

        So is what is not prepared in half of FCM's patience: a batch may be of 100 messages, and a house that takes 2 s for each
        would let the leases end before the hand-over, so that everything went twice.
        """
        began = clock.monotonic()
        notifications: list[Notification] = []
        for rows in _by_message(batch):
            if clock.monotonic() > began + self._patience / 2:
                yield [(row.id, NotSent("not prepared in time")) for row in rows]
                continue
            try:
                ready, refused = await self._prepare(rows)
            except Unavailable as error:
                if len(rows) == len(batch):
                    raise
                ready, refused = [], [(row.id, NotSent(error.code)) for row in rows]
            notifications += ready
            if refused:
                yield refused
        async for part in self._providers[batch[0].lane].outcomes(notifications):
            yield part

    async def _prepare(self, rows: Sequence[Claimed]) -> tuple[list[Notification], Part]:
        """Return the notifications of one message's rows, and rows refused before they reach FCM."""
        first = rows[0]
        try:
            with needed():
                content = await self._content(first.school_id, first.message_id)
                key = await self._clients.school_keys.fetch(first.school_id)
        except NotToBeHad as error:
            return [], [(row.id, error.outcome) for row in rows]
        notice = content.notice
        links = Links.of(self._base_url, content)
        ready: list[Notification] = []
        refused: Part = []
        for row in rows:
            try:
                token = address_of(key, row.contact_point_id, row.address)
                link = links.reading(row.reader_id, row.contact_point_id)
            except (Undecipherable, ValueError):
                refused.append((row.id, Refused(Reason.ADDRESS_BAD, 0, "token")))
                continue
            is_urgent = row.lane == "urgent"
            ready.append(Notification(row.id, token, row.message_id, notice.title, notice.body, link, is_urgent))
        return ready, refused

    async def _content(self, school_id: UUID, message_id: UUID) -> Content:
        content = self._contents.get(message_id)
        if content is None:
            content = await asyncio.to_thread(self._clients.content, school_id, message_id)
            self._contents[message_id] = content
            while len(self._contents) > CACHED_MESSAGES:
                self._contents.popitem(last=False)
        return content


def _by_message(rows: Sequence[Claimed]) -> list[list[Claimed]]:
    groups: dict[UUID, list[Claimed]] = defaultdict(list)
    for row in rows:
        groups[row.message_id].append(row)
    return list(groups.values())
