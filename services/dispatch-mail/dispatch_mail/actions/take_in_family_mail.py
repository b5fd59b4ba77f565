"""TAKE IN of the product's own mail to a family: it becomes a row like a message's (MY-1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from common.crypto import Undecipherable
from common.db.listen import wake
from common.delivery.points import address_of
from common.delivery.rows import WAITING
from common.delivery.states import Policy
from common.delivery.take_in import DeliveryPage, FoundPoint, rows_of_notice
from common.schemas import Envelope
from common.words import Lane
from dispatch_mail.actions.take_in import NO_ROUTE
from dispatch_mail.clients import Clients
from dispatch_mail.domain.addresses import AddressRefused, domain_of
from dispatch_mail.domain.carriers import carrier_of
from dispatch_mail.store import family_mails


def find_family_mail(clients: Clients) -> Callable[[Envelope], DeliveryPage | None]:
    """Return the gathering half of `family_mail.requested`; None where it need not go any more."""

    def gather(event: Envelope) -> DeliveryPage | None:
        school_id = event.school_id
        assert school_id is not None
        mail = clients.family_mail(school_id, event.payload["mail_id"])
        if mail is None:
            return None
        key = clients.school_keys.get(school_id)
        try:
            address = address_of(key, mail.contact_point_id, mail.address)
            route = carrier_of(domain_of(address))
        except (AddressRefused, Undecipherable):
            route = NO_ROUTE
        point = FoundPoint(mail.contact_point_id, mail.guardian_id, None, b"", route)
        lane = Lane.URGENT.value if mail.is_awaited else Lane.NORMAL.value
        return DeliveryPage(school_id, mail.id, lane, members={}, points=[point])

    return gather


def take_in_family_mail(
    session: Session, page: DeliveryPage | None, policy: Policy, now: datetime
) -> None:
    """Make the row of a mail, once."""
    if page is None:
        return
    rows = rows_of_notice(page, policy, now)
    family_mails.add_deliveries(session, rows)
    wake(session, WAITING)
