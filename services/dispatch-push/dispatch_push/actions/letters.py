"""From a claimed row and an address in plain to what a provider hands over."""

from __future__ import annotations

from typing import NamedTuple

from common.delivery.claims import Claimed
from common.web_push import find_subscription
from dispatch_push.domain.words import Notice
from dispatch_push.provider import Notification
from dispatch_push.provider.web import WebNotification

# To a token of Firebase's, or to the push service of a browser.
Letter = Notification | WebNotification


class OnScreen(NamedTuple):
    """What a phone shows, and the page that a press opens."""

    notice: Notice
    link: str


def letter_of(row: Claimed, address: str, told: OnScreen) -> Letter:
    """Return what goes to an address; raise SubscriptionRefused for one that can't be read."""
    subscription = find_subscription(address)
    is_urgent = row.lane == "urgent"
    title, body = told.notice.title, told.notice.body
    if subscription is not None:
        return WebNotification(
            delivery_id=row.id,
            subscription=subscription,
            title=title,
            body=body,
            link=told.link,
            tag=row.message_id,
            is_urgent=is_urgent,
        )
    return Notification(
        delivery_id=row.id,
        token=address,
        school_id=row.school_id,
        message_id=row.message_id,
        title=title,
        body=body,
        link=told.link,
        is_urgent=is_urgent,
    )
