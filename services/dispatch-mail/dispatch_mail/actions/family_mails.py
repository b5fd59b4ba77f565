"""PREPARE of the product's own mail to a family: its words are ours, and where it goes directory
says in the moment of sending.

So no address waits here, and a link that was pressed or is over goes nowhere any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from common import clock
from common.crypto import Undecipherable
from common.delivery.channel import Prepared
from common.delivery.claims import Claimed
from common.delivery.points import address_of
from dispatch_mail.actions.notice_mails import ADDRESS_BAD, GONE, HEADER_BAD, NoticeMails, mail_of
from dispatch_mail.clients import Clients
from dispatch_mail.domain.compose import Sender
from dispatch_mail.domain.family_mails import FamilyMail, ToldFamilyMail, family_letter_of
from dispatch_mail.domain.notices import NoticeSchool
from dispatch_mail.provider import ReadyLetter
from dispatch_mail.provider.render import HeaderRefused

log = structlog.get_logger()


class FamilyMails:
    """Makes the product's own mails to families."""

    def __init__(self, clients: Clients, sender: Sender) -> None:
        self._clients = clients
        self._sender = sender

    async def prepare(self, rows: Sequence[Claimed], *, with_link: bool) -> Prepared[ReadyLetter]:
        """Make the mail of each row; raises what directory and identity answer."""
        prepared: Prepared[ReadyLetter] = Prepared()
        for row in rows:
            await self._prepare(row, prepared, with_link=with_link)
        return prepared

    async def _prepare(
        self, row: Claimed, prepared: Prepared[ReadyLetter], *, with_link: bool
    ) -> None:
        found = await asyncio.to_thread(self._find, row)
        if found is None:
            prepared.known.append((row.id, GONE))
            return
        mail, school = found
        key = await self._clients.school_keys.fetch(row.school_id)
        told = ToldFamilyMail(mail, school, self._sender.base_url, clock.now())
        letter = family_letter_of(told, with_link=with_link)
        try:
            address = address_of(key, mail.contact_point_id, mail.address)
            ready = mail_of(self._sender, row.id, letter, address)
        except HeaderRefused as error:
            log.error("family_mail.header_refused", mail_id=str(mail.id), why=str(error))
            prepared.known.append((row.id, HEADER_BAD))
        except (Undecipherable, ValueError):  # AddressRefused among them
            prepared.known.append((row.id, ADDRESS_BAD))
        else:
            prepared.letters.append(ReadyLetter(row, ready))

    def _find(self, row: Claimed) -> tuple[FamilyMail, NoticeSchool] | None:
        """Ask for all that the words need; None where the mail need not go any more."""
        mail = self._clients.family_mail(row.school_id, row.message_id)
        if mail is None:
            return None
        return mail, self._clients.school(row.school_id)


class OwnMails(NamedTuple):
    """What the product itself says by mail: to staff, and to families."""

    notices: NoticeMails
    families: FamilyMails

    async def prepare(self, rows: Sequence[Claimed], *, with_link: bool) -> Prepared[ReadyLetter]:
        """Make the mails of rows that are of one notice, or of one mail to a family."""
        is_for_family = rows[0].guardian_id is not None
        maker = self.families if is_for_family else self.notices
        return await maker.prepare(rows, with_link=with_link)
