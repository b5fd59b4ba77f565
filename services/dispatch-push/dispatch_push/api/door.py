"""What every view needs: the other houses, and by which key browsers register."""

from __future__ import annotations

import structlog
from flask import current_app

from dispatch_push.clients import Clients
from dispatch_push.provider.web.settings import vapid_of
from dispatch_push.provider.web.vapid import VapidKeyRefused

log = structlog.get_logger()


def clients() -> Clients:
    found: Clients = current_app.extensions["clients"]
    return found


def web_push_key() -> str | None:
    """Return by which key browsers subscribe; None where there is none, or none that is good."""
    try:
        vapid = vapid_of(current_app.extensions["settings"])
    except VapidKeyRefused as error:
        log.error("push.key_refused", why=str(error))
        return None
    return vapid.public_key if vapid else None
