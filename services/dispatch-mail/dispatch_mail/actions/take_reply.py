"""Somebody answers a mail of a school: nobody reads it, so it is counted for the office, and the
family is told so once a day (DLV-10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from common.crypto import SealedPlace
from common.db.listen import wake
from common.delivery.rows import WAITING
from common.delivery.states import Policy
from common.delivery.take_in import DeliveryPage, FoundPoint, rows_of_notice
from common.errors import NotFound, Refused
from common.words import Lane
from dispatch_mail.actions.take_return import Arrival
from dispatch_mail.clients import Clients
from dispatch_mail.domain.addresses import AddressRefused, domain_of
from dispatch_mail.domain.carriers import carrier_of
from dispatch_mail.domain.incoming import read_headers, unquoted
from dispatch_mail.domain.replies import is_by_a_program, named_deliveries
from dispatch_mail.store import replies

# For how long the office sees them, and how long they are kept.
SHOWN_DAYS = 7
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ReplyFrom:
    """Who answered: a contact point of a school, and its address sealed again for the way back."""

    school_id: UUID
    contact_point_id: UUID
    sealed: bytes
    route: str


@dataclass(frozen=True, slots=True)
class FamilyReply:
    """A mail to a school's address. `known`: None for a stranger, who gets no answer: the sender of
    a mail is easily forged, and our answer would go to somebody who never wrote.
    """

    is_by_a_program: bool
    delivery_ids: Sequence[UUID] = ()
    school_ids: Sequence[UUID] = ()
    known: ReplyFrom | None = None


def read_reply(
    clients: Clients, sender: str, raw: bytes, school_ids: Sequence[UUID], own_domain: str
) -> FamilyReply:
    """Find out, outside any transaction, who wrote a mail; raise Unavailable.

    `sender`: the envelope's, to whom alone an answer may go (RFC 3834, 4).
    """
    headers = read_headers(raw)
    if is_by_a_program(sender, headers, own_domain):
        return FamilyReply(is_by_a_program=True)
    known = _find_known(clients, unquoted(sender), school_ids)
    return FamilyReply(
        is_by_a_program=False,
        delivery_ids=named_deliveries(headers),
        school_ids=school_ids,
        known=known,
    )


def _find_known(clients: Clients, address: str, school_ids: Sequence[UUID]) -> ReplyFrom | None:
    try:
        route = carrier_of(domain_of(address))
    except AddressRefused:
        return None
    for school_id in school_ids:
        try:
            point_id = clients.find_point_at(school_id, address)
            if point_id is None:
                continue
            key = clients.school_keys.get(school_id)
        except (NotFound, Refused):
            # The school is being erased.
            continue
        sealed = key.encrypt(address, SealedPlace("contact_points", "address", point_id))
        return ReplyFrom(school_id, point_id, sealed, route)
    return None


def take_reply(session: Session, reply: FamilyReply, policy: Policy, *, now: datetime) -> Arrival:
    """Count an answer, and let who wrote it know, unless they were told today."""
    if reply.is_by_a_program:
        return Arrival.OTHER
    day = clock.to_jst(now).date()
    known = reply.known
    if known is None:
        school_id = replies.find_school_of(session, reply.delivery_ids, reply.school_ids)
        if school_id is None:
            return Arrival.STRANGER
        replies.count_one(session, school_id, day)
        return Arrival.REPLIED
    replies.count_one(session, known.school_id, day)
    answer_id = replies.note_answer(session, known.school_id, known.contact_point_id, day)
    if answer_id is not None:
        _send_answer(session, known, answer_id, policy, now)
    return Arrival.REPLIED


def _send_answer(
    session: Session, known: ReplyFrom, answer_id: UUID, policy: Policy, now: datetime
) -> None:
    point = FoundPoint(known.contact_point_id, None, None, b"", known.route)
    page = DeliveryPage(known.school_id, answer_id, Lane.NORMAL.value, {}, [point])
    (row,) = rows_of_notice(page, policy, now)
    replies.add_delivery(session, {**row, "address": known.sealed})
    wake(session, WAITING)


def forget_replies(session: Session, *, now: datetime) -> None:
    """Drop what came long ago. A job."""
    replies.forget(session, clock.to_jst(now - KEPT).date())
