"""The operator's telephone in the town: an authenticator (RFC 6238).

It shows the code of this half minute.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyotp
from flask import Blueprint, current_app, render_template

from common import clock

authenticator_blueprint = Blueprint("authenticator", __name__)


@dataclass(frozen=True)
class Code:
    """What the telephone shows at a moment."""

    issuer: str
    mail: str
    digits: str
    seconds_left: int


@authenticator_blueprint.get("/authenticator")
def show_authenticator() -> str:
    """Show the telephone."""
    return render_template("town/authenticator.html", code=_code())


@authenticator_blueprint.get("/authenticator-code")
def show_code() -> str:
    """Return the code alone, for the refresh."""
    return render_template("town/_code.html", code=_code())


def _code() -> Code:
    totp = pyotp.parse_uri(current_app.extensions["town_authenticator"])
    assert isinstance(totp, pyotp.TOTP)
    now = clock.now()
    elapsed = int(now.timestamp()) % totp.interval
    return Code(
        totp.issuer or "",
        totp.name,
        totp.at(now),
        totp.interval - elapsed,
    )
