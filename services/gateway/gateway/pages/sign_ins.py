"""What sign-in pages share: places, and the devices of staff and operators that are known.

Whoever signs in holds a thread here until the password is checked, and the same threads serve
families. So there are places for some of them, for staff, for operators and for families who type a
password apart, and whoever finds none is told so at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

from common.errors import Busy
from gateway.config import Settings
from gateway.pages import door

# As long as browsers keep a cookie at most (RFC 6265bis, 5.5), and as identity knows a device.
DEVICE_LIVES = timedelta(days=400)
# Identity gives none that is longer and takes none: with one, nobody could sign in any more.
LONGEST_DEVICE = 352
# A quarter of a second each: by then some places are free again.
BUSY_SECONDS = 2
OPERATORS_PLACES = 1
# Of families who come in by a password; most come by a link, which takes no such time.
FAMILIES = "families"


class _Places:
    """So many may sign in at once in this process."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    @contextmanager
    def one(self) -> Iterator[None]:
        if not self._free.acquire(blocking=False):
            raise Busy(
                "sign_in_busy",
                "Too many people sign in just now.",
                fields={"retry_after": BUSY_SECONDS},
            )
        try:
            yield
        finally:
            self._free.release()


def install(app: Flask, settings: Settings) -> None:
    """Make the places: with those of operators, half of the threads (3 and 1 of 8).

    Families who type a password have one more of eight.
    """
    of_staff = settings.web_threads // 2 - OPERATORS_PLACES
    app.extensions["sign_ins"] = {
        door.STAFF: _Places(max(1, of_staff)),
        door.OPERATOR: _Places(OPERATORS_PLACES),
        FAMILIES: _Places(max(1, settings.web_threads // 8)),
    }


@contextmanager
def place(kind: str) -> Iterator[None]:
    """Hold a place while somebody signs in; raise Busy `sign_in_busy` where none is free."""
    places: Mapping[str, _Places] = current_app.extensions["sign_ins"]
    with places[kind].one():
        yield


def source(kind: str) -> dict[str, str | None]:
    """Return by what identity counts a try: the visitor's address, and the device's cookie."""
    device = request.cookies.get(_cookie_name(kind))
    if device is not None and len(device) > LONGEST_DEVICE:
        device = None
    return {"remote_address": request.remote_addr or "unknown", "device": device}


def remember_device(response: Response, device: str, kind: str) -> None:
    """Let the browser be known again when somebody signs in next time."""
    response.set_cookie(
        _cookie_name(kind),
        device,
        max_age=DEVICE_LIVES,
        httponly=True,
        samesite="Lax",
        secure=door.is_secure(),
        path="/",
    )


def _cookie_name(kind: str) -> str:
    return door.cookie_name(f"{kind}-device")
