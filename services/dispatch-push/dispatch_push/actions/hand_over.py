"""SEND: from claimed rows to notifications in the hands of FCM and of push services.

Implements `common.delivery.channel.Channel` for push.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.cache import Bounded
from common.crypto import Undecipherable
from common.delivery.channel import Part, Prepared
from common.delivery.claims import Claimed
from common.delivery.outcomes import Reason, Rejected
from common.delivery.points import address_of
from common.web.contents import KEPT_MESSAGES, KEPT_SECONDS, OfSchool
from common.words import LANES
from dispatch_push.actions.family_notifications import FamilyNotifications
from dispatch_push.actions.letters import Letter, OnScreen, letter_of
from dispatch_push.actions.take_in import FCM_ROUTE
from dispatch_push.clients import Clients
from dispatch_push.domain.compose import Content, Links
from dispatch_push.provider import FcmDoor, FcmProvider, FcmSettings, Notification
from dispatch_push.provider.web import WebDoor, WebNotification, WebProvider, WebSettings


class Doors(NamedTuple):
    """How phones are reached: by Firebase, and by the push services of browsers."""

    fcm: FcmSettings
    web: WebSettings


class PushChannel:
    """Notifications of both lanes.

    Each lane has connections of its own, so that an urgent one never waits for a normal one's.

    `patience`: the seconds that handing over a batch may take.
    """

    def __init__(self, clients: Clients, doors: Doors, base_url: str) -> None:
        self._clients = clients
        self._base_url = base_url
        self._own = FamilyNotifications(clients, base_url)
        self.patience = max(doors.fcm.patience, doors.web.patience)
        self._fcm = FcmDoor(doors.fcm)
        self._web = WebDoor(doors.web)
        self._fcm_lanes = {lane: FcmProvider(self._fcm) for lane in LANES}
        self._web_lanes = {lane: WebProvider(self._web) for lane in LANES}
        self._contents = Bounded[OfSchool, Content](most=KEPT_MESSAGES, seconds=KEPT_SECONDS)

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return the routes that are to be left alone: FCM's, hosts of push services."""
        closed = list(self._web.paused_hosts(now))
        if self._fcm.pause.is_on(now):
            closed.append(FCM_ROUTE)
        return tuple(closed)

    async def close(self) -> None:
        for lane in LANES:
            await self._fcm_lanes[lane].close()
            await self._web_lanes[lane].close()

    def open_lanes(self, now: datetime) -> Collection[str]:
        """Return both lanes: it is routes that are closed while somebody is to be left alone."""
        return LANES

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[Letter]:
        """Make the notifications of one message's rows, or of one that is the product's own."""
        first = rows[0]
        if first.is_notice:
            return await self._own.prepare(rows)
        content = await self._content(first.school_id, first.message_id)
        key = await self._clients.school_keys.fetch(first.school_id)
        links = Links.of(self._base_url, content)
        notice = content.notice
        prepared: Prepared[Letter] = Prepared()
        for row in rows:
            try:
                address = address_of(key, row.contact_point_id, row.address)
                told = OnScreen(notice, links.reading(row.reader_id, row.contact_point_id))
                letter = letter_of(row, address, told)
            except (Undecipherable, ValueError):  # SubscriptionRefused among them
                prepared.known.append((row.id, Rejected(Reason.ADDRESS_BAD, 0, "token")))
                continue
            prepared.letters.append(letter)
        return prepared

    async def hand_over(self, lane: str, letters: Sequence[Letter]) -> AsyncIterator[Part]:
        """Hand notifications of one lane over, side by side to all who bring them."""
        to_fcm = [each for each in letters if isinstance(each, Notification)]
        to_web = [each for each in letters if isinstance(each, WebNotification)]
        sides: list[AsyncIterator[Part]] = []
        if to_fcm:
            sides.append(self._fcm_lanes[lane].outcomes(to_fcm))
        if to_web:
            sides.append(self._web_lanes[lane].outcomes(to_web))
        async for part in _together(sides):
            yield part

    async def _content(self, school_id: UUID, message_id: UUID) -> Content:
        kept_as = (school_id, message_id)
        content = self._contents.get(kept_as)
        if content is None:
            content = await asyncio.to_thread(self._clients.content, school_id, message_id)
            self._contents.put(kept_as, content)
        return content


async def _together(sides: Sequence[AsyncIterator[Part]]) -> AsyncIterator[Part]:
    """Yield what several bring, as it comes: who is slow holds up nobody's settling."""
    if len(sides) == 1:
        async for part in sides[0]:
            yield part
        return
    came: asyncio.Queue[Part | None] = asyncio.Queue()

    async def drain(side: AsyncIterator[Part]) -> None:
        try:
            async for brought in side:
                came.put_nowait(brought)
        finally:
            came.put_nowait(None)

    tasks = [asyncio.create_task(drain(side)) for side in sides]
    try:
        going = len(tasks)
        while going:
            brought = await came.get()
            if brought is None:
                going -= 1
            else:
                yield brought
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
