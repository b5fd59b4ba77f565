"""PREPARE of an answer to a family that answered a mail (DLV-10)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from common import clock
from common.crypto import LinkMaker, SchoolKey, Undecipherable
from common.delivery.channel import Prepared
from common.delivery.claims import Claimed
from common.delivery.outcomes import Reason, Rejected
from common.delivery.points import address_of
from dispatch_mail.clients import Clients
from dispatch_mail.domain.addresses import quoted_address
from dispatch_mail.domain.carriers import carrier_of
from dispatch_mail.domain.compose import Sender
from dispatch_mail.domain.letters import NoticeEnvelope
from dispatch_mail.domain.notices import NoticeLetter, NoticeSchool
from dispatch_mail.domain.replies import subject_of, text_of
from dispatch_mail.provider import Mail, ReadyLetter
from dispatch_mail.provider.notices import render_notice

ADDRESS_BAD = Rejected(Reason.ADDRESS_BAD, 0, "address")


class ReplyAnswers:
    """Makes the mails that say that nobody reads answers; they hold no link."""

    def __init__(self, clients: Clients, sender: Sender) -> None:
        self._clients = clients
        self._sender = sender

    async def prepare(self, rows: Sequence[Claimed]) -> Prepared[ReadyLetter]:
        """Make the mails of rows of one school; raise what identity answers."""
        school_id = rows[0].school_id
        school = await asyncio.to_thread(self._clients.school, school_id)
        key = await self._clients.school_keys.fetch(school_id)
        bounces = self._sender.bounces()
        prepared: Prepared[ReadyLetter] = Prepared()
        for row in rows:
            try:
                mail = self._mail(row, school, key, bounces)
            # AddressRefused and HeaderRefused are ValueErrors.
            except (Undecipherable, ValueError):
                prepared.known.append((row.id, ADDRESS_BAD))
            else:
                prepared.letters.append(ReadyLetter(row, mail))
        return prepared

    def _mail(self, row: Claimed, school: NoticeSchool, key: SchoolKey, bounces: LinkMaker) -> Mail:
        sender = self._sender
        letter = _letter_of(row, school)
        envelope = NoticeEnvelope(
            address=quoted_address(address_of(key, row.contact_point_id, row.address)),
            from_address=f"{school.mail_local}@{sender.mail_domain}",
            message_id=sender.message_id(row.id),
            sender=sender.return_address(row.id, bounces),
        )
        content = render_notice(letter, envelope)
        route = carrier_of(row.route)
        return Mail(row.id, envelope.sender.encode(), envelope.address.encode(), route, content)


def _letter_of(row: Claimed, school: NoticeSchool) -> NoticeLetter:
    return NoticeLetter(
        notice_id=row.message_id,
        school_name=school.name,
        mail_local=school.mail_local,
        subject=subject_of(school.words),
        text=text_of(_school_line(school), school.words),
        sent_at=clock.now(),
        is_answer=True,
    )


def _school_line(school: NoticeSchool) -> str:
    if not school.phone:
        return school.name
    hours = f"（{school.hours}）" if school.hours else ""
    return f"{school.name}　電話 {school.phone}{hours}"
