"""A sign-in that goes over to the city's provider and comes back (ID-14): its secrets, its ends."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from common.errors import NotFound, Unauthenticated, Unavailable

# Time enough to type a password there and to look for the telephone.
LIVES = timedelta(minutes=10)
_SECRET_BYTES = 32
# 64 letters: more than the 43 that RFC 7636 demands at least.
_VERIFIER_BYTES = 48


class CityNotOffered(NotFound):
    """The operator has named no provider."""

    def __init__(self) -> None:
        super().__init__("city_not_offered", "No provider of the city's is named here.")


class CityAway(Unavailable):
    """The provider can't be reached, or answers what nobody can use."""

    def __init__(self) -> None:
        super().__init__("city_away", "The city's provider can't be reached.")


class FederationRefused(Unauthenticated):
    """What came back is not the answer to a sign-in of this browser: one answer, whatever it is."""

    def __init__(self) -> None:
        super().__init__("federation_refused", "The provider's answer is not believed.")


class NobodyHere(Unauthenticated):
    """Whom the provider names has no account, or no role at a school in use: one answer for all."""

    def __init__(self) -> None:
        super().__init__("nobody_here", "No school has registered this account.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """The secrets of one sign-in on its way.

    `state`: comes back with the browser; `binding`: the browser keeps it in a cookie; `nonce`:
    comes back in the token; `verifier`: shows to the provider that who asks for the token is who
    began (PKCE, RFC 7636).
    """

    state: str = field(repr=False)
    binding: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def begin(cls) -> Self:
        return cls(
            secrets.token_urlsafe(_SECRET_BYTES),
            secrets.token_urlsafe(_SECRET_BYTES),
            secrets.token_urlsafe(_SECRET_BYTES),
            secrets.token_urlsafe(_VERIFIER_BYTES),
        )


def digest_of_secret(secret: str) -> bytes:
    """Return what is stored of a state or a binding, so that a stolen database ends no sign-in."""
    return hashlib.sha256(secret.encode()).digest()
