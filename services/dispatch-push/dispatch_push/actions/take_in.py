"""TAKE IN: which way an app is reached (`common.delivery.doors` asks directory, makes the rows)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from common.crypto import SchoolKey, Undecipherable
from common.delivery.doors import Route
from common.delivery.points import SealedPoint, address_of
from common.delivery.take_in import FoundPoint
from common.web.school_keys import SchoolKeys
from common.web_push import SubscriptionRefused, find_subscription

FCM_ROUTE = "fcm"  # all phones that have a token are reached through one door
# An address that can't be read goes its way and is refused in words, it never vanishes.
NO_ROUTE = "invalid"


def by_service(school_keys: SchoolKeys) -> Route:
    """Route each app by who brings its notifications: Firebase, or its browser's push service."""

    def route(school_id: UUID, points: Sequence[SealedPoint]) -> list[FoundPoint]:
        key = school_keys.get(school_id)
        return [point.on(route_of(key, point.contact_point_id, point.address)) for point in points]

    return route


def route_of(key: SchoolKey, contact_point_id: UUID, sealed: bytes) -> str:
    """Return the route of an app's address: Firebase's, or the host of its push service."""
    try:
        subscription = find_subscription(address_of(key, contact_point_id, sealed))
    except (SubscriptionRefused, Undecipherable):
        return NO_ROUTE
    return subscription.host if subscription else FCM_ROUTE
