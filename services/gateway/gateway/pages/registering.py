"""Which registration this browser holds, in a cookie of its own: it opens nothing else (DIR-8)."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from gateway.clients.registrations import HeldRegistration
from gateway.pages import door

REGISTRATION = "renraku-registration"
# A day more than directory keeps one open: an old one is told so, and not taken for a stranger's.
LIVES = timedelta(days=2)
_HELD = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{20,100})")


def find() -> HeldRegistration | None:
    """Return the registration that the browser holds, which may be over."""
    held = _HELD.fullmatch(request.cookies.get(door.cookie_name(REGISTRATION), ""))
    return HeldRegistration(UUID(hex=held[1]), held[2]) if held else None


def remember(response: Response, held: HeldRegistration) -> None:
    response.set_cookie(
        door.cookie_name(REGISTRATION),
        f"{held.school_id.hex}.{held.token}",
        max_age=LIVES,
        httponly=True,
        samesite="Lax",
        secure=door.is_secure(),
        path="/",
    )
