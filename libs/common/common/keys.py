"""The keys folder: who may speak for which service, and each service's own secret.

``<keys>/private/<service>.pem`` (Ed25519, readable by that service only),
``<keys>/public/<service>.pem`` (readable by all), ``<keys>/public/retired/<service>-….pem`` (what
checks signatures from before a pair was replaced), ``<keys>/secrets/<service>`` (32 random bytes
from which purposes are derived), ``<keys>/secrets/keyring`` (the key-encryption key).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from common import clock
from common.cache import Bounded
from common.crypto import derive

SERVICE_TOKEN_SECONDS = 60
USER_AUDIENCE = "renraku"


class KeyMissing(Exception):
    """A key file is not where it should be; `renraku keys init` makes it."""


class TokenRefused(Exception):
    """A token is forged, expired, or meant for somebody else."""


def initialise(folder: Path, services: tuple[str, ...]) -> list[str]:
    """Make what is missing in the keys folder and return the names of the keys that were made.

    Never replaces one. A pair whose private half was taken away is made anew; the public half that
    is still there is put aside, so that what it signed can be checked later.
    """
    made = []
    for room in ("private", "public", "secrets"):
        (folder / room).mkdir(parents=True, exist_ok=True)
    for service in services:
        private = folder / "private" / f"{service}.pem"
        if not private.exists():
            _write_pair(private, folder / "public" / f"{service}.pem")
            made.append(service)
    for name in (*services, "keyring"):
        secret = folder / "secrets" / name
        if not secret.exists():
            _write_private(secret, os.urandom(32))
            made.append(f"secret {name}")
    return made


def _write_pair(private: Path, public: Path) -> None:
    key = Ed25519PrivateKey.generate()
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_private(private, own)
    if public.exists():
        _retire(public)
    known = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public.write_bytes(known)


def _retire(public: Path) -> None:
    """Put a public key aside under its fingerprint."""
    known = load_pem_public_key(public.read_bytes())
    assert isinstance(known, Ed25519PublicKey)
    room = public.parent / "retired"
    room.mkdir(exist_ok=True)
    public.rename(room / f"{public.stem}-{fingerprint(known)}.pem")


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the name by which a signature finds its public key again: 16 hexadecimal digits."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


@dataclass(frozen=True, slots=True)
class _SignedToken:
    token: str
    signed_at: datetime

    def is_young(self, moment: datetime) -> bool:
        """Return whether it has half of its life before it, by a clock that may have jumped."""
        age = (moment - self.signed_at).total_seconds()
        return 0 <= age < SERVICE_TOKEN_SECONDS / 2


# To sign a token, and to check one, takes longer than the statement that most calls are for.
_signed_tokens = Bounded[tuple[Path, str, str, UUID | None], _SignedToken](
    most=1000, seconds=SERVICE_TOKEN_SECONDS / 2
)
_read_tokens = Bounded[tuple[Path, str, str], dict[str, Any]](
    most=1000, seconds=SERVICE_TOKEN_SECONDS
)


@dataclass(frozen=True)
class Keys:
    """One service's view of the keys folder."""

    folder: Path
    service: str

    def secret(self, purpose: str, *, name: str | None = None) -> bytes:
        """Return 32 bytes for one purpose, derived from this service's secret or a named one."""
        file = self.folder / "secrets" / (name or self.service)
        return derive(_read(file), purpose)

    def sign_service_token(self, audience: str, school_id: UUID | None) -> str:
        """Return a token by which this service calls another for at least half a minute.

        It is for one school, or (None) for the system. One that is younger than half its life is
        given again.
        """
        wanted = (self.folder, self.service, audience, school_id)
        moment = clock.now()
        signed = _signed_tokens.get(wanted)
        if signed is not None and signed.is_young(moment):
            return signed.token
        claims: dict[str, Any] = {"iss": self.service, "aud": audience}
        if school_id is not None:
            claims["school"] = str(school_id)
        token = self._sign(claims, timedelta(seconds=SERVICE_TOKEN_SECONDS))
        _signed_tokens.put(wanted, _SignedToken(token, moment))
        return token

    def sign_user_token(self, claims: dict[str, Any], lifetime: timedelta) -> str:
        """Return a token for a signed-in person; only identity's is believed (`read_token`)."""
        return self._sign({"iss": self.service, "aud": USER_AUDIENCE, **claims}, lifetime)

    def _sign(self, claims: dict[str, Any], lifetime: timedelta) -> str:
        moment = clock.now()
        key = _private_key(self.folder / "private" / f"{self.service}.pem")
        return jwt.encode(
            {
                **claims,
                "iat": moment,
                "exp": moment + lifetime,
            },
            key,
            algorithm="EdDSA",
            headers={"kid": self.service},
        )

    def sign(self, content: bytes) -> bytes:
        """Return this service's Ed25519 signature of a document.

        `public/<service>.pem` checks it.
        """
        return _private_key(self.folder / "private" / f"{self.service}.pem").sign(content)

    def verify(self, signer: str, content: bytes, signature: bytes) -> bool:
        """Return whether a service signed a document; raise KeyMissing without its public key."""
        key = _public_key(self.folder / "public" / f"{signer}.pem")
        return _is_signed(key, content, signature)

    def key_id(self) -> str:
        """Return the fingerprint of this service's public key, to stand beside a signature."""
        own = _private_key(self.folder / "private" / f"{self.service}.pem")
        return fingerprint(own.public_key())

    def verify_by(self, signer: str, key_id: str, content: bytes, signature: bytes) -> bool:
        """Return whether a service signed a document with its key of this fingerprint.

        The key may have been replaced since. Raises KeyMissing where its public half is not there.
        """
        for key in self._public_keys(signer):
            if fingerprint(key) == key_id:
                return _is_signed(key, content, signature)
        raise KeyMissing(f"no public key {key_id} of {signer} lies in the keys folder")

    def _public_keys(self, signer: str) -> Iterator[Ed25519PublicKey]:
        public = self.folder / "public"
        present = public / f"{signer}.pem"
        if present.exists():
            yield _public_key(present)
        for retired in sorted(public.glob(f"retired/{signer}-*.pem")):
            yield _public_key(retired)

    def read_token(self, token: str) -> dict[str, Any]:
        """Return a token's claims.

        Raises TokenRefused unless it was signed by who it says, for us, and is alive.
        Tokens for people (audience "renraku") must come from identity; tokens of services must name
        us as audience.
        """
        known = (self.folder, self.service, token)
        claims = _read_tokens.get(known)
        if claims is None:
            claims = self._verify_token(token)
            _read_tokens.put(known, claims)
        if claims["exp"] <= clock.now().timestamp():
            raise TokenRefused("expired")
        return claims

    def _verify_token(self, token: str) -> dict[str, Any]:
        """Return a token's claims whatever their age; raise TokenRefused."""
        try:
            signer = str(jwt.get_unverified_header(token).get("kid", ""))
            if not signer.replace("-", "").isalnum():
                raise TokenRefused("unknown signer")
            key = _public_key(self.folder / "public" / f"{signer}.pem")
            audiences = [self.service, USER_AUDIENCE] if signer == "identity" else [self.service]
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=audiences,
                issuer=signer,
                options={
                    "require": ["exp", "iat", "aud", "iss"],
                    "verify_iat": False,
                    "verify_exp": False,
                },
            )
        except (jwt.InvalidTokenError, KeyMissing) as error:
            raise TokenRefused(str(error)) from None
        return claims


def _is_signed(key: Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=64)
def _private_key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(_read(path), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


@lru_cache(maxsize=64)
def _public_key(path: Path) -> Ed25519PublicKey:
    key = load_pem_public_key(_read(path))
    assert isinstance(key, Ed25519PublicKey)
    return key


@lru_cache(maxsize=64)
def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise KeyMissing(
            f"{path.name} is missing in the keys folder: run `renraku keys init`"
        ) from None
