"""The keys folder: who may speak for which service, and each service's own secret.

``<keys>/private/<service>.pem`` (Ed25519, readable by that service only),
``<keys>/public/<service>.pem`` (readable by all), ``<keys>/public/retired/<service>-….pem`` (what
checks signatures from before a pair was replaced), ``<keys>/secrets/<service>`` (32 random bytes
from which purposes are derived), ``<keys>/secrets/keyring`` (the key-encryption key) and, while it
is being replaced, ``keyring.old``.

Pairs and the key-encryption key are replaced in service: a file's time says that it is another.
"""

from __future__ import annotations

import hashlib
import os
import time
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
from common.files import PUBLIC, write_whole

SERVICE_TOKEN_SECONDS = 60
USER_AUDIENCE = "renraku"
SECRET_BYTES = 32
KEYRING, OLD_KEYRING = "keyring", "keyring.old"
# What a replaced key signed is believed for so long: people's tokens live five minutes.
RETIRED_FOR_SECONDS = 600
# So ends the name of a retired key's file that says so, wherever it is copied.
STOLEN = ".stolen.pem"


class KeyMissing(Exception):
    """A key file is not where it should be; `renraku keys init` makes it."""


class KeyUnfit(Exception):
    """A key file is short, or the two halves of a pair are not of one another."""


class TokenRefused(Exception):
    """A token is forged, expired, or meant for somebody else."""


def initialise(folder: Path, services: tuple[str, ...]) -> list[str]:
    """Make what is missing in the keys folder and return the names of the keys that were made.

    Never replaces one. A pair whose private half was taken away is made anew; the public half that
    is still there is put aside, so that what it signed can be checked later. A public half that is
    missing or of another pair is written from the private one.
    """
    made = []
    for room in ("private", "public", "secrets"):
        (folder / room).mkdir(parents=True, exist_ok=True)
    for service in services:
        private = _private_path(folder, service)
        if not private.exists():
            _replace_pair(folder, service)
            made.append(service)
        elif not _fits(folder, service):
            _publish(folder, service, _private_key(private).public_key())
            made.append(f"public half of {service}")
    for name in (*services, KEYRING):
        secret = _secret_path(folder, name)
        if not secret.exists():
            write_whole(secret, os.urandom(SECRET_BYTES))
            made.append(f"secret {name}")
    return made


def check_own(folder: Path, service: str) -> None:
    """Raise KeyMissing or KeyUnfit unless a service's pair fits and its secret is a whole one.

    What is derived from an empty secret is a public constant.
    """
    if not _fits(folder, service):
        told = f"the two halves of {service}.pem in the keys folder do not fit"
        raise KeyUnfit(f"{told}: run `renraku keys init`")
    _read_secret(_secret_path(folder, service))


def rotate_pair(folder: Path, service: str, *, is_stolen: bool = False) -> None:
    """Replace the pair by which a service signs, while it and its readers go on.

    What the old key signed is believed still, its tokens until they have run out; with `is_stolen`
    no longer than readers keep what they have checked (SERVICE_TOKEN_SECONDS).
    """
    _replace_pair(folder, service)
    if is_stolen:
        for retired in (folder / "public" / "retired").glob(f"{service}-*.pem"):
            if not _was_stolen(retired):
                retired.rename(retired.with_suffix(STOLEN))


def list_public(folder: Path, service: str, *, even_stolen: bool = False) -> Iterator[Path]:
    """Yield the files of a service's public keys: the present one, then those of before."""
    public = folder / "public"
    yield public / f"{service}.pem"
    for retired in sorted(public.glob(f"retired/{service}-*.pem")):
        if even_stolen or not _was_stolen(retired):
            yield retired


def begin_keyring_rotation(folder: Path) -> None:
    """Put a new key-encryption key beside the old one; again, after an interruption, nothing.

    From then on the new one wraps, and either unwraps.
    """
    old = _secret_path(folder, OLD_KEYRING)
    if old.exists():
        return
    current = _secret_path(folder, KEYRING)
    write_whole(old, _read_secret(current))
    write_whole(current, os.urandom(SECRET_BYTES))


def end_keyring_rotation(folder: Path) -> None:
    """Forget the old key-encryption key, once nothing is wrapped by it any more."""
    _secret_path(folder, OLD_KEYRING).unlink(missing_ok=True)


def _private_path(folder: Path, service: str) -> Path:
    return folder / "private" / f"{service}.pem"


def _secret_path(folder: Path, name: str) -> Path:
    return folder / "secrets" / name


def _replace_pair(folder: Path, service: str) -> None:
    """Make a new pair: its public half stands there before anything is signed by the other."""
    key = Ed25519PrivateKey.generate()
    _publish(folder, service, key.public_key())
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_whole(_private_path(folder, service), own)


def _publish(folder: Path, service: str, key: Ed25519PublicKey) -> None:
    public = folder / "public" / f"{service}.pem"
    if public.exists():
        _retire(public)
    known = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_whole(public, known, PUBLIC)


def _fits(folder: Path, service: str) -> bool:
    """Return whether a service's public half is there, and belongs to its private one."""
    public = folder / "public" / f"{service}.pem"
    if not public.exists():
        return False
    own = _private_key(_private_path(folder, service)).public_key()
    return fingerprint(own) == fingerprint(_public_key(public))


def _retire(public: Path) -> None:
    """Put a copy of a public key aside under its fingerprint; its file's time says since when.

    The key itself stays in its place until the next one takes it: readers look at any moment.
    """
    room = public.parent / "retired"
    room.mkdir(exist_ok=True)
    aside = room / f"{public.stem}-{fingerprint(_public_key(public))}.pem"
    write_whole(aside, public.read_bytes(), PUBLIC)


def _was_stolen(retired: Path) -> bool:
    return retired.name.endswith(STOLEN)


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the name by which a signature finds its public key again: 16 hexadecimal digits."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


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

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose, derived from this service's secret."""
        return derive(_read_secret(_secret_path(self.folder, self.service)), purpose)

    def wrapping_keys(self) -> tuple[bytes, ...]:
        """Return the keys that wrap schools' keys, the one that wraps now first."""
        paths = (_secret_path(self.folder, name) for name in (KEYRING, OLD_KEYRING))
        return tuple(derive(_read_secret(path), "kek") for path in paths if path.exists())

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
        key = _private_key(_private_path(self.folder, self.service))
        dated = {**claims, "iat": moment, "exp": moment + lifetime}
        named = {"kid": f"{self.service}.{fingerprint(key.public_key())}"}
        return jwt.encode(dated, key, algorithm="EdDSA", headers=named)

    def sign(self, content: bytes) -> bytes:
        """Return this service's Ed25519 signature of a document.

        `public/<service>.pem` checks it.
        """
        return _private_key(_private_path(self.folder, self.service)).sign(content)

    def verify(self, signer: str, content: bytes, signature: bytes) -> bool:
        """Return whether a service signed a document, by its present key or one of before.

        A stolen key is not believed. Raises KeyMissing without a public key.
        """
        paths = list_public(self.folder, signer)
        return any(_is_signed(_public_key(path), content, signature) for path in paths)

    def key_id(self) -> str:
        """Return the fingerprint of this service's public key, to stand beside a signature."""
        own = _private_key(_private_path(self.folder, self.service))
        return fingerprint(own.public_key())

    def verify_by(self, signer: str, key_id: str, content: bytes, signature: bytes) -> bool:
        """Return whether a service signed a document with its key of this fingerprint.

        The key may have been replaced since. Raises KeyMissing where its public half is not there.
        """
        paths = list_public(self.folder, signer, even_stolen=True)
        for key in [_public_key(path) for path in paths if path.exists()]:
            if fingerprint(key) == key_id:
                return _is_signed(key, content, signature)
        raise KeyMissing(f"no public key {key_id} of {signer} lies in the keys folder")

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
            key_name = str(jwt.get_unverified_header(token).get("kid", ""))
            signer, _, key_id = key_name.partition(".")
            if not signer.replace("-", "").isalnum():
                raise TokenRefused("unknown signer")
            key = self._key_of_token(signer, key_id)
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

    def _key_of_token(self, signer: str, key_id: str) -> Ed25519PublicKey:
        """Return the key that checks a token, by its name.

        A token of before this rule names none, and is checked by the present key. Raises
        TokenRefused for a key that was replaced longer ago than tokens live.
        """
        key = _public_key(self.folder / "public" / f"{signer}.pem")
        if not key_id or fingerprint(key) == key_id:
            return key
        retired = self.folder / "public" / "retired" / f"{signer}-{key_id}.pem"
        if not key_id.isalnum() or not retired.exists():
            raise TokenRefused("signed by an unknown key")
        age = time.time() - retired.stat().st_mtime
        if age > RETIRED_FOR_SECONDS:
            raise TokenRefused("signed by a key that was replaced")
        return _public_key(retired)


def _is_signed(key: Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _private_key(path: Path) -> Ed25519PrivateKey:
    return _load_private_key(path, _version(path))


def _public_key(path: Path) -> Ed25519PublicKey:
    return _load_public_key(path, _version(path))


def _read_secret(path: Path) -> bytes:
    secret = _read(path, _version(path))
    if len(secret) != SECRET_BYTES:
        told = f"secrets/{path.name} in the keys folder has {len(secret)} bytes, not {SECRET_BYTES}"
        raise KeyUnfit(f"{told}: put it back from its backup; what it sealed opens with no other")
    return secret


def _version(path: Path) -> int:
    """Return what changes when a file is replaced; raise KeyMissing without one."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        told = f"{path.name} is missing in the keys folder: run `renraku keys init`"
        raise KeyMissing(told) from None


@lru_cache(maxsize=64)
def _load_private_key(path: Path, version: int) -> Ed25519PrivateKey:
    key = load_pem_private_key(_read(path, version), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


@lru_cache(maxsize=64)
def _load_public_key(path: Path, version: int) -> Ed25519PublicKey:
    key = load_pem_public_key(_read(path, version))
    assert isinstance(key, Ed25519PublicKey)
    return key


@lru_cache(maxsize=64)
def _read(path: Path, _version: int) -> bytes:
    return path.read_bytes()
