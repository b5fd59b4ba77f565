"""TAKE IN of a notice: what the product itself tells staff becomes rows like a message's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from common import metrics
from common.db.listen import wake
from common.delivery.rows import WAITING
from common.delivery.states import Policy
from common.delivery.take_in import DeliveryPage, FoundPoint, rows_of_notice
from common.notices import NoticeKind
from common.schemas import Envelope
from common.words import Lane
from dispatch_mail.actions.take_in import NO_ROUTE
from dispatch_mail.clients import Clients
from dispatch_mail.domain.addresses import AddressRefused, domain_of
from dispatch_mail.domain.carriers import carrier_of
from dispatch_mail.domain.notices import NoticeReader, StaffNotice
from dispatch_mail.store import notices

log = structlog.get_logger()

# To one account, of one kind: whoever presses a button, or signs in, a hundred times must not fill
# a mailbox. The queue is worked one event at a time; a second process may let one more through.
MOST_AN_HOUR = 5
HOUR = timedelta(hours=1)
# Far longer than any mail is tried (RENRAKU_NORMAL_GIVE_UP_HOURS, 24).
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice, and (as the points of `page`) who of its readers is in use now."""

    kind: NoticeKind
    params: Mapping[str, str | int]
    page: DeliveryPage


def find_readers(clients: Clients) -> Callable[[Envelope], NoticePage]:
    """Return the gathering half of `notice.requested`: whom identity knows as in use."""

    def gather(event: Envelope) -> NoticePage:
        school_id = event.school_id
        assert school_id is not None
        payload = event.payload
        found = clients.readers(school_id, payload["account_ids"])
        page = DeliveryPage(
            school_id=school_id,
            message_id=payload["notice_id"],
            lane=Lane.NORMAL.value,
            members={},
            points=[_point_of(reader) for reader in found.readers.values()],
        )
        return NoticePage(NoticeKind(payload["kind"]), payload["params"], page)

    return gather


def _point_of(reader: NoticeReader) -> FoundPoint:
    """Return where a notice goes; its address is asked for again when it is handed over."""
    try:
        route = carrier_of(domain_of(reader.mail))
    except AddressRefused:
        route = NO_ROUTE
    return FoundPoint(reader.account_id, None, None, b"", route)


def take_in_notice(session: Session, asked: NoticePage, policy: Policy, now: datetime) -> None:
    """Make a row for each reader who has none of this notice, and not too many of its kind."""
    page = asked.page
    there = notices.list_readers(session, page.message_id)
    new = [point for point in page.points if point.contact_point_id not in there]
    within = _within_bound(session, asked, new, now)
    if not within:
        return
    notice = StaffNotice(page.message_id, asked.kind, asked.params, now)
    notices.note_notice(session, page.school_id, notice)
    rows = rows_of_notice(replace(page, points=within), policy, now)
    notices.add_deliveries(session, rows)
    wake(session, WAITING)


def _within_bound(
    session: Session, asked: NoticePage, points: Sequence[FoundPoint], now: datetime
) -> list[FoundPoint]:
    """Return the points to which not too much was sent within the hour; count the others."""
    account_ids = [point.contact_point_id for point in points]
    school_id = asked.page.school_id
    sent = notices.count_since(session, school_id, asked.kind, account_ids, now - HOUR)
    within = [point for point in points if sent.get(point.contact_point_id, 0) < MOST_AN_HOUR]
    left_out = len(points) - len(within)
    if left_out:
        kind = asked.kind.value
        metrics.record_notices_left_out(kind, left_out)
        log.warning(
            "notice.left_out",
            kind=kind,
            notice_id=str(asked.page.message_id),
            readers=left_out,
        )
    return within


def forget_notices(session: Session, *, now: datetime) -> None:
    """Drop what was told and can't be sent any more. A job."""
    notices.forget_notices(session, now - KEPT)
