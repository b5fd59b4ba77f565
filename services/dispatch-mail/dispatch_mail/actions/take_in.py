"""TAKE IN: which way a mail address goes (`common.delivery.doors` asks directory and makes the
rows).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from common.crypto import Undecipherable
from common.delivery.doors import Route
from common.delivery.points import SealedPoint, address_of
from common.delivery.take_in import FoundPoint
from common.web.school_keys import SchoolKeys
from dispatch_mail.domain.addresses import AddressRefused, domain_of
from dispatch_mail.domain.carriers import carrier_of

# An address that can't be read goes its way and is refused in words, it never vanishes.
NO_ROUTE = "invalid"


def by_domain(school_keys: SchoolKeys) -> Route:
    """Route each address by its domain's provider, on which limits act."""

    def route(school_id: UUID, points: Sequence[SealedPoint]) -> list[FoundPoint]:
        key = school_keys.get(school_id)

        def carrier(point: SealedPoint) -> str:
            try:
                return carrier_of(domain_of(address_of(key, point.contact_point_id, point.address)))
            except (AddressRefused, Undecipherable):
                return NO_ROUTE

        return [point.on(carrier(point)) for point in points]

    return route
