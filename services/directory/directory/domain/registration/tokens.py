"""The token by which a browser goes on with its registration; the database keeps its digest."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """Return what is stored of a token: a stolen database opens no registration."""
    return hashlib.sha256(token.encode()).digest()
