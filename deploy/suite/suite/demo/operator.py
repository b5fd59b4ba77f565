"""The demo's operator, with a second factor that everybody knows.

Whoever tries the demo holds the telephone in the town.
"""

from __future__ import annotations

import pyotp

NAME = "運営 中田 亮"
MAIL = "operator@renraku.town.test"
PASSWORD = "renraku-operator-demo-2026"  # noqa: S105  # printed at start: the demo's people are fictional
SECRET = "RENRAKU2DEMO2OPERATOR2MINAMO2CTY"  # noqa: S105  # as public as the password


def authenticator_address() -> str:
    """Return the otpauth:// address that the operator's telephone took in."""
    return pyotp.TOTP(SECRET).provisioning_uri(name=MAIL, issuer_name="Renraku")
