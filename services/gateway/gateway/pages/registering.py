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
# LINE tells a browser whom it links by a token that lives so long.
LINE = "renraku-line"
LINE_LIVES = timedelta(minutes=10)
_LINE_TOKEN = re.compile(r"[A-Za-z0-9_-]{10,200}")
_HELD = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{20,100})")


def find() -> HeldRegistration | None:
    """Return the registration that the browser holds, which may be over."""
    held = _HELD.fullmatch(request.cookies.get(door.cookie_name(REGISTRATION), ""))
    return HeldRegistration(UUID(hex=held[1]), held[2]) if held else None


def find_line() -> str | None:
    """Return LINE's token with which this browser came out of a talk, while LINE takes it."""
    token = request.cookies.get(door.cookie_name(LINE), "")
    return token if _LINE_TOKEN.fullmatch(token) else None


def remember_line(response: Response, token: str) -> None:
    _hold(response, LINE, token, LINE_LIVES)


def forget_line(response: Response) -> None:
    """Forget LINE's token: it works once."""
    _hold(response, LINE, "", timedelta(0))


def remember(response: Response, held: HeldRegistration) -> None:
    _hold(response, REGISTRATION, f"{held.school_id.hex}.{held.token}", LIVES)


def forget(response: Response) -> None:
    """Let the browser hold no registration any more."""
    _hold(response, REGISTRATION, "", timedelta(0))


def _hold(response: Response, kind: str, text: str, lives: timedelta) -> None:
    response.set_cookie(
        door.cookie_name(kind),
        text,
        max_age=lives,
        httponly=True,
        samesite="Lax",
        secure=door.is_secure(),
        path="/",
    )
