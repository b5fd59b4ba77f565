"""How long a family's browser is known, and by what (MY-1)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

TOKEN_BYTES = 32
# As long as browsers keep a cookie at most (RFC 6265bis, 5.5).
LONGEST = timedelta(days=400)
# From one school year's last message to the next one's first, and no longer.
IDLE = timedelta(days=90)
# Whoever looks every morning would else write every morning.
NOTED_EVERY = timedelta(hours=6)


def new_token() -> str:
    """Return what the browser holds: nobody can guess it, and it names nobody."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """Return the 32 bytes by which a token is found; whoever reads them can't go in by them."""
    return hashlib.sha256(token.encode()).digest()
