"""How the push services of browsers are reached, from what the house is told."""

from __future__ import annotations

from common.web_push import PushServices
from dispatch_push.config import Settings
from dispatch_push.provider.web.vapid import Vapid, read_vapid


def vapid_of(settings: Settings) -> Vapid | None:
    """Return the operator's key; None where there is none. Raise VapidKeyRefused."""
    file = settings.web_push_key_file
    return read_vapid(file, settings.web_push_contact) if file else None


def services_of(settings: Settings) -> PushServices:
    """Return which push services are called; in standalone mode the town's alone."""
    hosts = () if settings.only_loopback_relay else settings.push_services
    return PushServices(hosts, settings.push_town_url)
