"""Who signs in, as the city's provider says it, and when that is believed.

An ID token is checked as OpenID Connect Core 1.0 (3.1.3.7) demands, and by what the two providers
tell of their addresses: not every `email` is one that its owner has shown to be theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jws import JWSRegistry

# With one of the others a public key would be taken for a shared secret, or no key be needed.
ALGORITHMS = ("RS256", "ES256")
# Seconds by which the provider's clock may differ from ours.
LEEWAY = 60
ENTRA = "login.microsoftonline.com"
GOOGLE = "accounts.google.com"


class IdTokenRefused(Exception):
    """A token is not believed; the message says why, without anything of whose it is."""


class KeyUnknown(IdTokenRefused):
    """A token is signed by a key that we have not seen: its provider may have taken a new one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say. `nonce`: that we sent; `mail_domains`: of the city's own accounts."""

    issuer: str
    client_id: str
    nonce: str
    mail_domains: frozenset[str]


def read_mail(
    id_token: str, keys: KeySetSerialization, expected: Expected, *, now: datetime
) -> str:
    """Return the mail address of whom a token speaks; raise IdTokenRefused or KeyUnknown.

    `keys`: those that the provider signs with, as it publishes them (RFC 7517).
    """
    try:
        token = _open(id_token, keys)
        claims = _checked(token, expected, now)
    except InvalidKeyIdError as error:
        raise KeyUnknown(str(error)) from error
    except (JoseError, ValueError) as error:
        raise IdTokenRefused(str(error)) from error
    mail = _mail_of(claims, expected)
    if not isinstance(mail, str) or "@" not in mail:
        raise IdTokenRefused("no mail address")
    return mail


def _open(id_token: str, keys: KeySetSerialization) -> jwt.Token:
    """Return a token whose signature is the provider's.

    Microsoft's tokens bear header fields that the standard does not know, so these may be there.
    """
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    return jwt.decode(id_token, KeySet.import_key_set(keys), registry=registry)


def _checked(token: jwt.Token, expected: Expected, now: datetime) -> Mapping[str, Any]:
    """Return what a token says that is for us, from the provider, of now and of this sign-in."""
    client_id = expected.client_id
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": client_id},
        },
        {"nonce": expected.nonce, "client_id": client_id},
    )
    claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    # One for others too could be handed on by them.
    if claims["aud"] not in (client_id, [client_id]):
        raise IdTokenRefused("for others too")
    return claims


def _mail_of(claims: Mapping[str, Any], expected: Expected) -> Any:
    """Return the address that the provider vouches for; raise IdTokenRefused.

    Microsoft vouches for the name by which somebody of the city's own tenant signs in: `email` is
    what an administrator of any tenant wrote there, and a guest's tenant is not the city's. Google
    vouches for its Workspaces' addresses (`hd`); others for what they have verified.
    """
    host = urlsplit(expected.issuer).hostname
    if host == ENTRA:
        if claims.get("idp", expected.issuer) != expected.issuer:
            raise IdTokenRefused("a guest of the tenant")
        return claims.get("preferred_username")
    if claims.get("email_verified") is not True:
        raise IdTokenRefused("the address is not verified")
    if host == GOOGLE and claims.get("hd") not in expected.mail_domains:
        raise IdTokenRefused("not of the city's Workspace")
    return claims.get("email")
