"""The city's identity provider as the town has it: OpenID Connect for one client.

It checks as strictly as Microsoft's and Google's do, and more: who asks, where the browser goes
back to, PKCE, and that a code is used once. `Lie` lets a test find out what becomes of an answer
that is wrong. It knows no web framework: `city_pages` puts it behind HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from common import clock

from .fcm import Answer
from .names import Named, Names

CODE_LIFE = timedelta(minutes=1)
TOKEN_LIFE = timedelta(minutes=5)
# RFC 7636, 4.2: SHA-256 in base64url.
CHALLENGE_LETTERS = 43


class Lie(StrEnum):
    """What is wrong with a token, for tests."""

    AUDIENCE = "for another client"
    AUDIENCES = "for another client too"
    PARTY = "given to another client"
    NONCE = "of another sign-in"
    EXPIRED = "run out"
    AHEAD = "of tomorrow"
    ISSUER = "of another provider"
    UNSIGNED = "without a signature"
    SHARED_SECRET = "signed with the public key as a shared secret"  # noqa: S105  # an attack's name
    STRANGE_KEY = "signed with a key that is not published"
    CHANGED = "changed after it was signed"
    UNVERIFIED = "of an address that nobody has verified"
    NAMELESS = "of nobody"
    MISSING = "not there"


@dataclass(frozen=True)
class Client:
    """Who is registered here. `return_to`: the only page to which browsers are sent back."""

    id: str
    secret: str
    return_to: str

    def is_named_by(self, authorization: str) -> bool:
        """Return whether a request bears the client's name and secret (RFC 6749, 2.3.1)."""
        kind, _, encoded = authorization.partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            text = base64.b64decode(encoded, validate=True).decode()
        except ValueError:
            return False
        name, _, secret = text.partition(":")
        return (unquote(name), unquote(secret)) == (self.id, self.secret)


@dataclass(frozen=True)
class Asked:
    """What a browser is sent here with (OpenID Connect Core, 3.1.2.1)."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Asked:
        return cls(**{name: values.get(name, "") for name in cls.__dataclass_fields__})

    def problem(self) -> str:
        """Return what the client is told to be wrong, by its code; nothing where all is well."""
        if self.response_type != "code":
            return "unsupported_response_type"
        if "openid" not in self.scope.split():
            return "invalid_scope"
        has_challenge = len(self.code_challenge) == CHALLENGE_LETTERS
        if self.code_challenge_method != "S256" or not has_challenge:
            return "invalid_request"
        return "" if self.state and self.nonce else "invalid_request"


@dataclass(frozen=True)
class _Given:
    """For what a code was given, and until when."""

    asked: Asked
    person: Named
    until: datetime


@dataclass
class City:
    """The provider. Every method may be called from any thread.

    `people`, `place`: whom it knows, of the town's people those of one place. `lie`: what is wrong
    with the next tokens. `key`: None until one is needed, as at every change of keys.
    """

    people: Names
    place: str
    client: Client
    lie: Lie | None = None
    is_down: bool = False
    _codes: dict[str, _Given] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    key: rsa.RSAPrivateKey | None = None

    def knows(self, asked: Asked) -> bool:
        """Return whether it is our client that asks; else no browser is sent anywhere."""
        return (asked.client_id, asked.redirect_uri) == (self.client.id, self.client.return_to)

    def list_people(self) -> list[Named]:
        """Return who has an account of the city's, in their order."""
        everybody = self.people.by_address().values()
        here = [person for person in everybody if person.place == self.place]
        return sorted(here, key=lambda person: person.position)

    def give_code(self, asked: Asked, mail: str) -> str | None:
        """Return a code for one of the people, good for once; None where nobody has this address.

        Codes whose time is over are forgotten.
        """
        person = self.people.find(mail)
        if person is None or person.place != self.place:
            return None
        now = clock.now()
        code = secrets.token_urlsafe(24)
        with self._guard:
            self._codes = {each: of for each, of in self._codes.items() if now < of.until}
            self._codes[code] = _Given(asked, person, now + CODE_LIFE)
        return code

    def grant(self, issuer: str, form: Mapping[str, str], authorization: str) -> Answer:
        """Give an ID token for a code (RFC 6749, 4.1.3)."""
        if not self.client.is_named_by(authorization):
            return _no_token("invalid_client", "Unknown client, or a wrong secret.", status=401)
        if form.get("grant_type") != "authorization_code":
            return _no_token("unsupported_grant_type", "Only authorization_code.")
        with self._guard:
            given = self._codes.pop(form.get("code", ""), None)
        if given is None or clock.now() >= given.until:
            return _no_token("invalid_grant", "No such code, used before, or too old.")
        if form.get("redirect_uri") != given.asked.redirect_uri:
            return _no_token("invalid_grant", "The code was given for another page.")
        if _challenge_of(form.get("code_verifier", "")) != given.asked.code_challenge:
            return _no_token("invalid_grant", "The verifier does not fit the challenge.")
        body = {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer"}
        body["id_token"] = self._sign(self._claims(issuer, given))
        if self.lie is Lie.MISSING:
            del body["id_token"]
        return Answer(200, {**body, "expires_in": int(TOKEN_LIFE.total_seconds())})

    def published_keys(self) -> dict[str, Any]:
        """Return the keys by which tokens are checked (RFC 7517)."""
        key = self._signing_key()
        published = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {"keys": [{**published, "kid": _name_of(key), "use": "sig", "alg": "RS256"}]}

    def _claims(self, issuer: str, given: _Given) -> dict[str, Any]:
        now = clock.now()
        claims: dict[str, Any] = {
            "iss": issuer,
            "aud": self.client.id,
            "sub": hashlib.sha256(given.person.address.encode()).hexdigest(),
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "nonce": given.asked.nonce,
            "name": given.person.name,
            "email": given.person.address,
            "email_verified": True,
            "preferred_username": given.person.address,
        }
        lies: dict[Lie | None, dict[str, Any]] = {
            Lie.AUDIENCE: {"aud": "somebody-else"},
            Lie.AUDIENCES: {"aud": [self.client.id, "somebody-else"], "azp": self.client.id},
            Lie.PARTY: {"azp": "somebody-else"},
            Lie.NONCE: {"nonce": secrets.token_urlsafe(32)},
            Lie.EXPIRED: {"exp": int((now - timedelta(minutes=2)).timestamp())},
            Lie.AHEAD: {"iat": int((now + timedelta(days=1)).timestamp())},
            Lie.ISSUER: {"iss": "https://provider.example"},
            Lie.UNVERIFIED: {"email_verified": False},
            Lie.NAMELESS: {"email": ""},
        }
        return {**claims, **lies.get(self.lie, {})}

    def _sign(self, claims: dict[str, Any]) -> str:
        key = self._signing_key()
        if self.lie is Lie.UNSIGNED:
            return _joined({"alg": "none"}, claims, b"")
        if self.lie is Lie.SHARED_SECRET:
            return _signed_with_public_key(key, claims)
        if self.lie is Lie.STRANGE_KEY:
            key = _new_key()
        token = jwt.encode(claims, key, "RS256", headers={"kid": _name_of(key)})
        if self.lie is Lie.CHANGED:
            signature = base64.urlsafe_b64decode(token.rpartition(".")[2] + "==")
            header = {"alg": "RS256", "kid": _name_of(key)}
            return _joined(header, {**claims, "email": "mayor@school.town.test"}, signature)
        return token

    def _signing_key(self) -> rsa.RSAPrivateKey:
        """Return the key, made when it is first needed: most who try the product never do."""
        with self._guard:
            if self.key is None:
                self.key = _new_key()
            return self.key


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _public_bytes(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _name_of(key: rsa.RSAPrivateKey) -> str:
    return hashlib.sha256(_public_bytes(key)).hexdigest()[:16]


def _signed_with_public_key(key: rsa.RSAPrivateKey, claims: dict[str, Any]) -> str:
    """Return a token that passes where a public key is taken for whatever a header says."""
    header = {"alg": "HS256", "kid": _name_of(key)}
    signed = _joined(header, claims, b"").removesuffix(".")
    signature = hmac.digest(_public_bytes(key), signed.encode(), hashlib.sha256)
    return _joined(header, claims, signature)


def _joined(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(_letters(part) for part in parts)


def _challenge_of(verifier: str) -> str:
    return _letters(hashlib.sha256(verifier.encode()).digest())


def _letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _no_token(error: str, description: str, *, status: int = 400) -> Answer:
    return Answer(status, {"error": error, "error_description": description})
