"""Six digits that change every 30 seconds (TOTP, RFC 6238), each used once.

The second factor of operators (ID-10), and one of those that staff may have (ID-6).
"""

from __future__ import annotations

import binascii
import unicodedata
from datetime import datetime

import pyotp

from common.errors import Invalid

ISSUER = "Renraku"
# RFC 6238, 5.2: a phone's clock may be half a minute off, and typing takes time.
STEPS_EITHER_SIDE = 1


def make_secret() -> str:
    """Return a new secret of 160 bits in base32, from the system's randomness."""
    return pyotp.random_base32()


def check_secret(secret: str) -> None:
    """Raise Invalid unless a secret is base32 of at least 112 bits."""
    try:
        pyotp.TOTP(secret)
    except (ValueError, binascii.Error):
        raise Invalid(
            "invalid", "This is no secret for codes.", fields={"totp_secret": "not_base32"}
        ) from None


def address_of(secret: str, mail: str) -> str:
    """Return the otpauth:// address by which an authenticator takes a secret in."""
    return pyotp.TOTP(secret).provisioning_uri(name=mail, issuer_name=ISSUER)


def find_step(secret: str, code: str, *, last_step: int, now: datetime) -> int | None:
    """Return the step whose code this is; None without one newer than `last_step`, the last used.

    A step is 30 seconds, counted since 1970. However a code is typed: full width, in two groups of
    three.
    """
    totp = pyotp.TOTP(secret)
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    current = totp.timecode(now)
    steps = range(current - STEPS_EITHER_SIDE, current + STEPS_EITHER_SIDE + 1)
    fitting = [step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), typed)]
    return next((step for step in fitting if step > last_step), None)
