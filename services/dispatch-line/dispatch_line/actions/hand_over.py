"""SEND: from claimed rows to one multicast. Implements `common.delivery.dispatcher.Channel` for LINE.

A batch is of one message (kept batches) and becomes one request under its batch id: asked again, LINE says that it took it already.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from linebot.v3.messaging import FlexMessage

from common import clock
from common.crypto import SchoolKey, Undecipherable
from common.delivery.needs import NotToBeHad, needed
from common.delivery.outcomes import Deferred, NotSent, Outcome, Reason, Refused
from common.delivery.points import address_of
from common.delivery.rows import Claimed
from dispatch_line.actions.accounts import AccountBook, OpenAccount
from dispatch_line.actions.take_in import NO_ACCOUNT
from dispatch_line.clients import Clients
from dispatch_line.domain.content import talk_message
from dispatch_line.domain.events import USER_ID
from dispatch_line.provider import Line, LineProvider, bubble
from dispatch_line.provider.answers import BadRecipients
from dispatch_line.provider.pauses import Pauses

log = structlog.get_logger()
Part = list[tuple[UUID, Outcome]]
CACHED_MESSAGES = 64


@dataclass
class Providers:
    """The accounts' connections in one event loop; opened anew when an account's token changes."""

    accounts: AccountBook
    line: Line

    def __post_init__(self) -> None:
        self._open: dict[UUID, tuple[str, LineProvider]] = {}
        self._left: list[LineProvider] = []

    async def find(self, account_id: UUID) -> LineProvider | None:
        """Return the connection of an account, or None when there is no such account."""
        account: OpenAccount | None = await asyncio.to_thread(self.accounts.find, account_id)
        if account is None:
            return None
        token, provider = self._open.get(account_id, ("", None))
        if provider is None or token != account.access_token:
            if provider is not None:
                self._left.append(provider)  # others may be using it
            provider = LineProvider(self.line, account.access_token)
            self._open[account_id] = (account.access_token, provider)
        return provider

    async def close(self) -> None:
        for provider in (*self._left, *(provider for _, provider in self._open.values())):
            await provider.close()
        self._open.clear()
        self._left.clear()


class LineChannel:
    """Multicasts of all accounts, both lanes."""

    def __init__(self, clients: Clients, providers: Providers, secret: bytes, pauses: Pauses | None = None) -> None:
        self._clients = clients
        self._providers = providers
        self._secret = secret
        self._pauses = pauses or Pauses()
        self._messages: OrderedDict[UUID, FlexMessage] = OrderedDict()

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return accounts that are paused or have used up this second's requests."""
        return self._pauses.closed(now)

    async def close(self) -> None:
        await self._providers.close()

    async def send(self, batch: Sequence[Claimed]) -> AsyncIterator[Part]:
        """Hand over a batch of one message; raises Unavailable when what it needs can't be had and nothing was handed over."""
        first = batch[0]
        provider = await self._providers.find(UUID(first.route)) if first.route != NO_ACCOUNT else None
        if provider is None:
            yield [(row.id, Refused(Reason.OTHER, 0, "the school has no LINE account")) for row in batch]
            return
        try:
            with needed():
                message = await self._message(first.school_id, first.message_id)
                key = await self._clients.school_keys.fetch(first.school_id)
        except NotToBeHad as error:
            yield [(row.id, error.outcome) for row in batch]
            return
        users, refused = _users(key, batch)
        if refused:
            yield refused
        if users:
            yield await self._multicast(provider, message, users, first)

    async def _message(self, school_id: UUID, message_id: UUID) -> FlexMessage:
        message = self._messages.get(message_id)
        if message is None:
            content = await asyncio.to_thread(self._clients.content, school_id, message_id)
            message = self._messages[message_id] = bubble(talk_message(content, self._secret))
            while len(self._messages) > CACHED_MESSAGES:
                self._messages.popitem(last=False)
        return message

    async def _multicast(
        self, provider: LineProvider, message: FlexMessage, users: Mapping[str, Sequence[UUID]], first: Claimed
    ) -> Part:
        to = sorted(users)
        self._pauses.count(first.route, clock.now())
        answer = await provider.multicast(to, message, first.batch_id)
        if isinstance(answer, BadRecipients):
            bad = {to[place] for place in answer.places if place < len(to)}
            log.error("line.recipients_refused", message_id=str(first.message_id), count=len(bad))
            no: Outcome = Refused(Reason.ADDRESS_BAD, 400, "user id")
            rest: Outcome = NotSent("others of the request were refused") if bad else Refused(Reason.CONTENT_REFUSED, 400, "to")
            return [(row_id, no if user in bad else rest) for user, rows in users.items() for row_id in rows]
        if isinstance(answer, Deferred) and answer.until is not None:
            log.warning("line.deferred", account_id=first.route, code=answer.code, text=answer.text)
            self._pauses.pause(first.route, answer.until)
        elif isinstance(answer, Refused):
            log.error("line.refused", message_id=str(first.message_id), account_id=first.route, code=answer.code, text=answer.text)
        return [(row_id, answer) for rows in users.values() for row_id in rows]


def _users(key: SchoolKey, batch: Sequence[Claimed]) -> tuple[dict[str, list[UUID]], Part]:
    """Return LINE user → rows (a user may stand for two guardians), and rows whose address is no user id.

    One malformed id would have LINE refuse the whole request.
    """
    users: dict[str, list[UUID]] = {}
    refused: Part = []
    for row in batch:
        try:
            user = address_of(key, row.contact_point_id, row.address)
        except Undecipherable:
            user = ""
        if USER_ID.fullmatch(user):
            users.setdefault(user, []).append(row.id)
        else:
            refused.append((row.id, Refused(Reason.ADDRESS_BAD, 0, "address")))
    return users, refused
