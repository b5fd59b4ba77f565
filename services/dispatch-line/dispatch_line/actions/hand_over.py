"""SEND: from claimed rows to one multicast. Implements `common.delivery.channel.Channel` for LINE.

A batch is of one message (kept batches) and becomes one request under its batch id: asked again,
LINE says that it took it already.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from common import clock
from common.cache import Bounded
from common.crypto import SchoolKey, Undecipherable
from common.delivery.channel import Part, Prepared
from common.delivery.claims import Claimed
from common.delivery.outcomes import Deferred, NotSent, Outcome, Reason, Rejected
from common.delivery.points import address_of
from common.web.contents import KEPT_MESSAGES, KEPT_SECONDS, OfSchool
from common.words import LANES
from dispatch_line.actions.accounts import AccountBook, OpenAccount
from dispatch_line.actions.take_in import NO_ACCOUNT
from dispatch_line.clients import Clients
from dispatch_line.domain.content import talk_message
from dispatch_line.domain.events import USER_ID
from dispatch_line.provider import LineAccess, load_sdk, open_account
from dispatch_line.provider.answers import BadRecipients
from dispatch_line.provider.pauses import AccountPauses

if TYPE_CHECKING:
    from linebot.v3.messaging import FlexMessage

    from dispatch_line.provider.account import LineProvider

log = structlog.get_logger()
# One request and all that it needs: preparing gets half of it, so that the lease of a minute
# outlasts both.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Multicast:
    """One request.

    `users`: LINE user → rows (a user may stand for two guardians). `first`: any row of the batch.
    """

    provider: LineProvider
    message: FlexMessage
    users: Mapping[str, Sequence[UUID]]
    first: Claimed


@dataclass
class Providers:
    """The accounts' connections in one event loop; opened anew when an account's token changes."""

    accounts: AccountBook
    line: LineAccess

    def __post_init__(self) -> None:
        self._open: dict[UUID, tuple[str, LineProvider]] = {}
        self._left: list[LineProvider] = []

    async def find(self, account_id: UUID) -> LineProvider | None:
        """Return the connection of an account, or None when there is no such account."""
        account: OpenAccount | None = await asyncio.to_thread(self.accounts.find, account_id)
        if account is None:
            return None
        await load_sdk()
        # From here on nothing waits: two who ask at once would open two connections.
        token, open_one = self._open.get(account_id, ("", None))
        if open_one is not None and token == account.access_token:
            return open_one
        if open_one is not None:
            # Others may be using it.
            self._left.append(open_one)
        provider = open_account(self.line, account.access_token)
        self._open[account_id] = (account.access_token, provider)
        return provider

    async def close(self) -> None:
        for provider in (*self._left, *(provider for _, provider in self._open.values())):
            await provider.close()
        self._open.clear()
        self._left.clear()


class LineChannel:
    """Multicasts of all accounts, both lanes. `patience`: the seconds that one request may take."""

    def __init__(
        self,
        clients: Clients,
        providers: Providers,
        secret: bytes,
        pauses: AccountPauses | None = None,
    ) -> None:
        self.patience = PATIENCE_SECONDS
        self._clients = clients
        self._providers = providers
        self._secret = secret
        self._pauses = pauses or AccountPauses()
        self._messages: Bounded[OfSchool, FlexMessage] = Bounded(
            most=KEPT_MESSAGES, seconds=KEPT_SECONDS
        )

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return accounts that are paused or have used up this second's requests."""
        return self._pauses.closed(now)

    def open_lanes(self, now: datetime) -> Collection[str]:
        """Return both lanes: what LINE does not take is told of each account."""
        return LANES

    async def close(self) -> None:
        await self._providers.close()

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[Multicast]:
        """Make the one request of a batch."""
        first = rows[0]
        provider = await self._find_provider(first.route)
        if provider is None:
            no_account = Rejected(Reason.OTHER, 0, "the school has no LINE account")
            return Prepared(known=[(row.id, no_account) for row in rows])
        message = await self._message(first.school_id, first.message_id)
        key = await self._clients.school_keys.fetch(first.school_id)
        users, refused = _users(key, rows)
        if not users:
            return Prepared(known=refused)
        return Prepared([Multicast(provider, message, users, first)], refused)

    async def hand_over(self, lane: str, letters: Sequence[Multicast]) -> AsyncIterator[Part]:
        """Send the request."""
        for multicast in letters:
            yield await self._multicast(multicast)

    async def _find_provider(self, route: str) -> LineProvider | None:
        if route == NO_ACCOUNT:
            return None
        return await self._providers.find(UUID(route))

    async def _message(self, school_id: UUID, message_id: UUID) -> FlexMessage:
        kept_as = (school_id, message_id)
        message = self._messages.get(kept_as)
        if message is None:
            content = await asyncio.to_thread(self._clients.content, school_id, message_id)
            # It needs line-bot-sdk, which is there since the account was opened.
            from dispatch_line.provider.messages import bubble

            message = bubble(talk_message(content, self._secret))
            self._messages.put(kept_as, message)
        return message

    async def _multicast(self, multicast: Multicast) -> Part:
        users = multicast.users
        first = multicast.first
        to = sorted(users)
        self._pauses.count(first.route, clock.now())
        answer = await multicast.provider.multicast(to, multicast.message, first.batch_id)
        if isinstance(answer, BadRecipients):
            bad = {to[place] for place in answer.places if place < len(to)}
            log.error("line.recipients_refused", message_id=str(first.message_id), count=len(bad))
            return _refused_as_a_whole(users, bad)
        if isinstance(answer, Deferred) and answer.until is not None:
            log.warning("line.deferred", account_id=first.route, code=answer.code, text=answer.text)
            self._pauses.pause(first.route, answer.until)
        elif isinstance(answer, Rejected):
            log.error(
                "line.refused",
                message_id=str(first.message_id),
                account_id=first.route,
                code=answer.code,
                text=answer.text,
            )
        return [(row_id, answer) for rows in users.values() for row_id in rows]


def _refused_as_a_whole(users: Mapping[str, Sequence[UUID]], bad: Collection[str]) -> Part:
    """Return the outcomes of a request that LINE refused because of some of its users."""
    of_bad: Outcome = Rejected(Reason.ADDRESS_BAD, 400, "user id")
    of_others: Outcome = Rejected(Reason.CONTENT_REFUSED, 400, "to")
    if bad:
        of_others = NotSent("others of the request were refused")
    settled: Part = []
    for user, rows in users.items():
        outcome = of_bad if user in bad else of_others
        settled += [(row_id, outcome) for row_id in rows]
    return settled


def _users(key: SchoolKey, batch: Sequence[Claimed]) -> tuple[dict[str, list[UUID]], Part]:
    """Return LINE user → rows, and rows whose address is no user id.

    A user may stand for two guardians. One malformed id would have LINE refuse the whole request.
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
            refused.append((row.id, Rejected(Reason.ADDRESS_BAD, 0, "address")))
    return users, refused
