"""SEND: from claimed rows to mails in the relay's hands. Implements `common.delivery.dispatcher.Channel` for mail."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog

from common import clock
from common.crypto import SchoolKey, Undecipherable
from common.delivery.needs import NotToBeHad, needed
from common.delivery.outcomes import NotSent, Outcome, Reason, Refused
from common.delivery.points import address_of
from common.delivery.rows import Claimed
from common.errors import Unavailable
from dispatch_mail.clients import Clients
from dispatch_mail.domain.addresses import AddressRefused, quoted_address
from dispatch_mail.domain.carriers import carrier_of, domains_of
from dispatch_mail.domain.compose import Content, Links, Sender, letter_of
from dispatch_mail.provider import Mail, MailProvider, RelaySettings
from dispatch_mail.provider.limits import Limits
from dispatch_mail.provider.render import HeaderRefused, RenderedLetter, render, splice

log = structlog.get_logger()
Part = list[tuple[UUID, Outcome]]
Key = TypeVar("Key")
Value = TypeVar("Value")
CACHED_MESSAGES = 64
CACHED_LETTERS = 4 * CACHED_MESSAGES  # with and without links, to families and to staff


class MailChannel:
    """Mails of both lanes; each lane has connections of its own, so that an urgent mail never waits for a normal one's."""

    def __init__(self, clients: Clients, relay: RelaySettings, sender: Sender, limits: Limits | None = None) -> None:
        self._clients = clients
        self._relay = relay
        self._sender = sender
        self._limits = limits or Limits()
        self._providers = {lane: MailProvider(relay, self._limits) for lane in ("urgent", "normal")}
        self._contents: OrderedDict[UUID, Content] = OrderedDict()
        self._rendered: OrderedDict[tuple[UUID, bool, bool], RenderedLetter] = OrderedDict()

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return domains that are paused or have used up what they may get at this moment, by all their names."""
        return [route for carrier in self._limits.closed_domains(now) for route in domains_of(carrier)]

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()

    async def send(self, batch: Sequence[Claimed]) -> AsyncIterator[Part]:
        """Hand over a batch of one lane. What needs a house that is away is NotSent; raises Unavailable when that is all of it.

        So is what is not prepared in half the relay's patience: a batch may be of 100 messages, and a house that takes 2 s for each
        would let the leases end before the hand-over, so that everything went twice.
        """
        began = clock.monotonic()
        mails: list[Mail] = []
        for rows in _by_message(batch):
            if clock.monotonic() > began + self._relay.patience / 2:
                yield [(row.id, NotSent("not prepared in time")) for row in rows]
                continue
            try:
                ready, refused = await self._prepare(rows)
            except Unavailable as error:
                if len(rows) == len(batch):
                    raise
                ready, refused = [], [(row.id, NotSent(error.code)) for row in rows]
            mails += ready
            if refused:
                yield refused
        allowed, too_many = self._within_limits(mails)
        if too_many:
            yield [(mail.delivery_id, NotSent("the domain's pace")) for mail in too_many]
        rows_by_id = {row.id: row for row in batch}
        async for part in self._providers[batch[0].lane].outcomes(allowed):
            settled, link_refused = _apart(part)
            if settled:
                yield settled
            if link_refused:
                yield await self._send_without_link([rows_by_id[row_id] for row_id in link_refused], began)

    async def _prepare(self, rows: Sequence[Claimed], *, with_link: bool = True) -> tuple[list[Mail], Part]:
        """Return the mails of one message's rows, and rows refused before they reach the relay."""
        first = rows[0]
        try:
            with needed():
                content = await self._content(first.school_id, first.message_id)
                key = await self._clients.school_keys.fetch(first.school_id)
            rendered = {
                for_staff: self._render(content, with_link=with_link, for_staff=for_staff)
                for for_staff in {row.is_for_staff for row in rows}
            }
            links = self._sender.links(first.school_id, content, clock.today())
        except NotToBeHad as error:
            return [], [(row.id, error.outcome) for row in rows]
        except HeaderRefused as error:
            log.error("mail.header_refused", message_id=str(first.message_id), why=str(error))
            return [], [(row.id, Refused(Reason.CONTENT_REFUSED, 0, "header")) for row in rows]
        mails: list[Mail] = []
        refused: Part = []
        for row in rows:
            try:
                mails.append(self._mail(row, key, rendered[row.is_for_staff], links))
            except (AddressRefused, Undecipherable, HeaderRefused, ValueError):
                refused.append((row.id, Refused(Reason.ADDRESS_BAD, 0, "address")))
        return mails, refused

    async def _content(self, school_id: UUID, message_id: UUID) -> Content:
        content = self._contents.get(message_id)
        if content is None:
            content = await asyncio.to_thread(self._clients.content, school_id, message_id)
            _remember(self._contents, message_id, content, CACHED_MESSAGES)
        return content

    def _render(self, content: Content, *, with_link: bool, for_staff: bool) -> RenderedLetter:
        key = (content.message_id, with_link, for_staff)
        rendered = self._rendered.get(key)
        if rendered is None:
            letter = letter_of(content, self._sender, clock.now(), for_staff=for_staff)
            rendered = render(letter, with_link=with_link)
            _remember(self._rendered, key, rendered, CACHED_LETTERS)
        return rendered

    def _mail(self, row: Claimed, key: SchoolKey, rendered: RenderedLetter, links: Links) -> Mail:
        address = quoted_address(address_of(key, row.contact_point_id, row.address))
        envelope = links.envelope(row.id, row.contact_point_id, row.reader_id, address)
        carrier = carrier_of(row.route)  # rows of before an alias was known have their own domain as route
        return Mail(row.id, envelope.sender.encode(), address.encode(), carrier, splice(rendered, envelope))

    def _within_limits(self, mails: Sequence[Mail]) -> tuple[list[Mail], list[Mail]]:
        by_domain: dict[str, list[Mail]] = defaultdict(list)
        for mail in mails:
            by_domain[mail.domain].append(mail)
        allowed: list[Mail] = []
        too_many: list[Mail] = []
        now = clock.now()
        for domain, some in by_domain.items():
            count = self._limits.take(domain, len(some), now)
            allowed += some[:count]
            too_many += some[count:]
        return allowed, too_many

    async def _send_without_link(self, rows: Sequence[Claimed], began: float) -> Part:
        """Send again, without any link, to addresses that refuse mails with links (SoftBank before its allow list).

        Not after the relay's patience with the batch is over: the lease outlasts one such time, not two.
        """
        if clock.monotonic() > began + self._relay.patience:
            return [(row.id, NotSent("not begun in time")) for row in rows]
        answers: Part = []
        mails: list[Mail] = []
        for some in _by_message(rows):
            try:
                ready, refused = await self._prepare(some, with_link=False)
            except Unavailable as error:
                ready, refused = [], [(row.id, NotSent(error.code)) for row in some]
            mails += ready
            answers += refused
        return answers + await self._providers[rows[0].lane].send(mails)


def _by_message(rows: Sequence[Claimed]) -> list[list[Claimed]]:
    groups: dict[UUID, list[Claimed]] = defaultdict(list)
    for row in rows:
        groups[row.message_id].append(row)
    return list(groups.values())


def _apart(part: Part) -> tuple[Part, list[UUID]]:
    link_refused = [row_id for row_id, outcome in part if isinstance(outcome, Refused) and outcome.reason is Reason.LINK_REFUSED]
    again = set(link_refused)
    return [(row_id, outcome) for row_id, outcome in part if row_id not in again], link_refused


def _remember(cache: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    cache[key] = value
    while len(cache) > most:
        cache.popitem(last=False)
