"""The token by which a browser goes on with its registration; the database keeps its digest."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> bytes:
    """Return what is stored of a token: a stolen database opens no registration."""
    return hashlib.sha256(token.encode()).digest()


def ticket_of(token: str) -> str:
    """Return the ticket that takes over what a token holds; nobody finds the token by it."""
    digest = hmac.digest(token.encode(), b"ticket", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
