"""PREPARE of a notice: its words are ours, and who reads it identity says in the moment of sending.

So no address waits here, and who left meanwhile gets nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import structlog

from common.db import Database
from common.delivery.channel import Prepared
from common.delivery.claims import Claimed
from common.delivery.outcomes import Reason, Rejected
from dispatch_mail.clients import Clients
from dispatch_mail.domain.addresses import domain_of, quoted_address
from dispatch_mail.domain.carriers import carrier_of
from dispatch_mail.domain.compose import Sender
from dispatch_mail.domain.letters import NoticeEnvelope
from dispatch_mail.domain.notices import NoticeLetter, NoticeReader, ToldNotice, letter_of, named_in
from dispatch_mail.provider import Mail, ReadyLetter
from dispatch_mail.provider.notices import render_notice
from dispatch_mail.provider.render import HeaderRefused
from dispatch_mail.store import notices

log = structlog.get_logger()
GONE = Rejected(Reason.CANCELLED, 0, "gone")
ADDRESS_BAD = Rejected(Reason.ADDRESS_BAD, 0, "address")
HEADER_BAD = Rejected(Reason.CONTENT_REFUSED, 0, "header")


class _Found(NamedTuple):
    """A notice with all that its words need, and who of its readers is in use, by account."""

    told: ToldNotice
    readers: Mapping[UUID, NoticeReader]


class NoticeMails:
    """Makes the mails of notices."""

    def __init__(self, clients: Clients, database: Database, sender: Sender) -> None:
        self._clients = clients
        self._database = database
        self._sender = sender

    async def prepare(self, rows: Sequence[Claimed], *, with_link: bool) -> Prepared[ReadyLetter]:
        """Make the mails of one notice's rows; without links for addresses that refuse these.

        Raises what identity answers, as for a message.
        """
        found = await asyncio.to_thread(self._find, rows)
        if found is None:
            return Prepared(known=[(row.id, GONE) for row in rows])
        prepared: Prepared[ReadyLetter] = Prepared()
        for row in rows:
            reader = found.readers.get(row.contact_point_id)
            if reader is None:
                prepared.known.append((row.id, GONE))
                continue
            letter = letter_of(found.told, reader, with_link=with_link)
            try:
                mail = mail_of(self._sender, row.id, letter, reader.mail)
            except HeaderRefused as error:
                log.error("notice.header_refused", notice_id=str(row.message_id), why=str(error))
                prepared.known.append((row.id, HEADER_BAD))
            except ValueError:  # AddressRefused among them
                prepared.known.append((row.id, ADDRESS_BAD))
            else:
                prepared.letters.append(ReadyLetter(row, mail))
        return prepared

    def _find(self, rows: Sequence[Claimed]) -> _Found | None:
        """Ask for all that the words need; None where the notice is forgotten."""
        first = rows[0]
        school_id = first.school_id
        with self._database.for_school(school_id, read_only=True) as session:
            notice = notices.find_notice(session, school_id, first.message_id)
        if notice is None:
            return None
        account_ids = [row.contact_point_id for row in rows]
        school = self._clients.school(school_id)
        found = self._clients.readers(school_id, account_ids, named_in(notice))
        told = ToldNotice(notice, school, found.names, self._sender.base_url)
        return _Found(told, found.readers)


def mail_of(sender: Sender, delivery_id: UUID, letter: NoticeLetter, address: str) -> Mail:
    """Make one reader's mail; raises AddressRefused, HeaderRefused."""
    envelope = NoticeEnvelope(
        address=quoted_address(address),
        from_address=f"{letter.mail_local}@{sender.mail_domain}",
        message_id=sender.message_id(delivery_id),
        sender=sender.return_address(delivery_id, sender.bounces()),
    )
    return Mail(
        delivery_id,
        envelope.sender.encode(),
        envelope.address.encode(),
        carrier_of(domain_of(address)),
        render_notice(letter, envelope),
    )
