"""SEND: from claimed rows to mails in the relay's hands.

Implements `common.delivery.channel.Channel` for mail.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from common import clock
from common.cache import Bounded
from common.crypto import SchoolKey, Undecipherable
from common.delivery.channel import Part, Prepared, prepare_batch
from common.delivery.claims import Claimed
from common.delivery.outcomes import NotSent, Reason, Rejected
from common.delivery.points import address_of
from common.web.contents import KEPT_MESSAGES, KEPT_SECONDS, OfSchool
from common.words import LANES
from dispatch_mail.actions.family_mails import OwnMails
from dispatch_mail.actions.reply_answers import ReplyAnswers
from dispatch_mail.clients import Clients
from dispatch_mail.domain.addresses import quoted_address
from dispatch_mail.domain.carriers import carrier_of, domains_of
from dispatch_mail.domain.compose import Content, Links, Sender, letter_of
from dispatch_mail.provider import Mail, MailProvider, Pool, ReadyLetter, RelaySettings
from dispatch_mail.provider.limits import Limits
from dispatch_mail.provider.render import HeaderRefused, RenderedLetter, render, splice

log = structlog.get_logger()
# With and without links, to families and to staff.
KEPT_LETTERS = 4 * KEPT_MESSAGES


class MailChannel:
    """Mails of both lanes over one pool, in which some connections are kept for urgent ones."""

    def __init__(
        self,
        clients: Clients,
        relay: RelaySettings,
        sender: Sender,
        own_mails: OwnMails,
        limits: Limits | None = None,
    ) -> None:
        self._clients = clients
        self._own_mails = own_mails
        self._answers = ReplyAnswers(clients, sender)
        self.patience = relay.patience
        self._sender = sender
        self._limits = limits or Limits()
        self._contents = Bounded[OfSchool, Content](most=KEPT_MESSAGES, seconds=KEPT_SECONDS)
        self._rendered = Bounded[tuple[UUID, UUID, bool, bool], RenderedLetter](
            most=KEPT_LETTERS, seconds=KEPT_SECONDS
        )
        self._pool = Pool(relay)
        self._providers = {lane: MailProvider(self._pool, self._limits, lane) for lane in LANES}

    def closed_routes(self, now: datetime) -> Collection[str]:
        """Return domains that are paused or have used up their pace now, by all their names."""
        routes: list[str] = []
        for carrier in self._limits.closed_domains(now):
            routes += domains_of(carrier)
        return routes

    def open_lanes(self, now: datetime) -> Collection[str]:
        """Return no lane while the relay is away: rows stay as they are; it is tried without."""
        return () if self._pool.is_away else LANES

    async def close(self) -> None:
        await self._pool.close()

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[ReadyLetter]:
        """Make the mails of one message's or one notice's rows."""
        return await self._prepare(rows, with_link=True)

    async def hand_over(self, lane: str, letters: Sequence[ReadyLetter]) -> AsyncIterator[Part]:
        """Hand mails of one lane to the relay, as many as their domains' pace allows."""
        began = clock.monotonic()
        mails = [letter.mail for letter in letters]
        allowed, too_many = self._within_limits(mails)
        if too_many:
            yield [(mail.delivery_id, NotSent("the domain's pace")) for mail in too_many]
        async for part in self._providers[lane].outcomes(allowed):
            settled, link_refused = _apart(part)
            if settled:
                yield settled
            if link_refused:
                again = [letter.row for letter in letters if letter.row.id in link_refused]
                yield await self.send_without_link(again, began)

    async def _prepare(self, rows: Sequence[Claimed], *, with_link: bool) -> Prepared[ReadyLetter]:
        """Make the mails; without links for addresses that refuse mails with links."""
        first = rows[0]
        if first.is_notice and first.address:
            # A notice's row has no address; an answer goes to the one that was written from.
            return await self._answers.prepare(rows)
        if first.is_notice:
            return await self._own_mails.prepare(rows, with_link=with_link)
        content = await self._content(first.school_id, first.message_id)
        key = await self._clients.school_keys.fetch(first.school_id)
        try:
            rendered = self._render_for(rows, content, with_link=with_link)
        except HeaderRefused as error:
            log.error("mail.header_refused", message_id=str(first.message_id), why=str(error))
            refused = Rejected(Reason.CONTENT_REFUSED, 0, "header")
            return Prepared(known=[(row.id, refused) for row in rows])
        links = self._sender.links(first.school_id, content, clock.today())
        prepared: Prepared[ReadyLetter] = Prepared()
        for row in rows:
            try:
                mail = self._mail(row, key, rendered[row.is_for_staff], links)
            # AddressRefused and HeaderRefused are ValueErrors.
            except (Undecipherable, ValueError):
                prepared.known.append((row.id, Rejected(Reason.ADDRESS_BAD, 0, "address")))
            else:
                prepared.letters.append(ReadyLetter(row, mail))
        return prepared

    def _render_for(
        self, rows: Sequence[Claimed], content: Content, *, with_link: bool
    ) -> dict[bool, RenderedLetter]:
        """Return the letter for families and the one for staff, as far as rows are for them."""
        school_id = rows[0].school_id
        kinds = {row.is_for_staff for row in rows}
        return {
            for_staff: self._render(school_id, content, with_link=with_link, for_staff=for_staff)
            for for_staff in kinds
        }

    async def _content(self, school_id: UUID, message_id: UUID) -> Content:
        kept_as = (school_id, message_id)
        content = self._contents.get(kept_as)
        if content is None:
            content = await asyncio.to_thread(self._clients.content, school_id, message_id)
            self._contents.put(kept_as, content)
        return content

    def _render(
        self, school_id: UUID, content: Content, *, with_link: bool, for_staff: bool
    ) -> RenderedLetter:
        key = (school_id, content.message_id, with_link, for_staff)
        rendered = self._rendered.get(key)
        if rendered is None:
            letter = letter_of(content, self._sender, clock.now(), for_staff=for_staff)
            rendered = render(letter, with_link=with_link)
            self._rendered.put(key, rendered)
        return rendered

    def _mail(self, row: Claimed, key: SchoolKey, rendered: RenderedLetter, links: Links) -> Mail:
        address = quoted_address(address_of(key, row.contact_point_id, row.address))
        envelope = links.envelope(row.id, row.contact_point_id, row.reader_id, address)
        # Rows of before an alias was known have their own domain as route.
        carrier = carrier_of(row.route)
        content = splice(rendered, envelope)
        return Mail(row.id, envelope.sender.encode(), address.encode(), carrier, content)

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

    async def send_without_link(self, rows: Sequence[Claimed], began: float) -> Part:
        """Send again, without any link, to addresses that refuse mails with links.

        SoftBank's do, before its allow list. Not after the relay's patience with the batch is over:
        the lease outlasts one such time, not two. The first mails were refused, so what fails
        before the second ones leave is not sent.
        """
        until = began + self.patience
        if clock.monotonic() > until:
            return [(row.id, NotSent("not begun in time")) for row in rows]
        prepared = await prepare_batch("mail", rows, partial(self._prepare, with_link=False), until)
        lane = rows[0].lane
        mails = [letter.mail for letter in prepared.letters]
        return prepared.known + await self._providers[lane].send(mails)


def _apart(part: Part) -> tuple[Part, set[UUID]]:
    """Return the outcomes that stand, and the rows that are to be sent without links."""
    settled: Part = []
    link_refused: set[UUID] = set()
    for row_id, outcome in part:
        is_refused = isinstance(outcome, Rejected) and outcome.reason is Reason.LINK_REFUSED
        if is_refused:
            link_refused.add(row_id)
        else:
            settled.append((row_id, outcome))
    return settled, link_refused
