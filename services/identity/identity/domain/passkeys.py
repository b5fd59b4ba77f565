"""Passkeys (WebAuthn): what a browser is asked for, and whether what it brings is true.

What is signed names the address of the page, so that a copied sign-in page gets nothing of use.
The library reads and checks; it is loaded at the first passkey, because it takes 5 MB and a tenth
of a second from every start.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from common.errors import Invalid
from identity.domain.factors import CHALLENGE_FOR
from identity.domain.second_factor import ISSUER

CHALLENGE_BYTES = 32
# COSE: EdDSA, ECDSA with SHA-256, RSA with SHA-256, which every authenticator has one of.
_ALGORITHMS = (-8, -7, -257)
_USUAL_PORTS = {"https": 443, "http": 80}
_TIMEOUT = int(CHALLENGE_FOR.total_seconds() * 1000)

Options = dict[str, Any]


class PasskeyRefused(Invalid):
    """What the browser brought is no new passkey for this site."""

    def __init__(self) -> None:
        super().__init__("passkey_refused", "This passkey can't be registered.")


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This installation as browsers know it: the host that passkeys belong to, and its origin."""

    host: str
    origin: str

    @classmethod
    def of(cls, base_url: str) -> Self:
        """Read the address at which people reach us, as a browser spells its origin."""
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        is_usual = parts.port in (None, _USUAL_PORTS[parts.scheme])
        port = "" if is_usual else f":{parts.port}"
        return cls(host, f"{parts.scheme}://{host}{port}")


@dataclass(frozen=True, slots=True)
class PasskeyOwner:
    """Whom a passkey is for. Authenticators show both names."""

    account_id: UUID
    mail: str
    display_name: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What is kept of a passkey: its id, its public key, and how often it has signed."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def make_challenge() -> bytes:
    """Return what an authenticator is to sign, once."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def registration_options(
    party: RelyingParty, owner: PasskeyOwner, challenge: bytes, known: Sequence[bytes]
) -> Options:
    """Return what `navigator.credentials.create` is given; `known`: not to be registered twice."""
    return {
        "rp": {"id": party.host, "name": ISSUER},
        "user": {
            "id": _encode(owner.account_id.bytes),
            "name": owner.mail,
            "displayName": owner.display_name,
        },
        "challenge": _encode(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in _ALGORITHMS],
        "timeout": _TIMEOUT,
        "excludeCredentials": _descriptors(known),
        "authenticatorSelection": {
            "residentKey": "preferred",
            "userVerification": "preferred",
        },
        "attestation": "none",
    }


def request_options(party: RelyingParty, challenge: bytes, known: Sequence[bytes]) -> Options:
    """Return what `navigator.credentials.get` is given; `known`: those of which one will do."""
    return {
        "rpId": party.host,
        "challenge": _encode(challenge),
        "timeout": _TIMEOUT,
        "allowCredentials": _descriptors(known),
        "userVerification": "preferred",
    }


def _descriptors(known: Sequence[bytes]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": _encode(credential_id)} for credential_id in known]


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def read_passkey(party: RelyingParty, challenge: bytes, credential: str) -> NewPasskey:
    """Return the passkey that a browser has made; raise PasskeyRefused unless it is for us, now."""
    import webauthn

    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
        )
    except Exception:
        # The readers of keys and certificates raise whatever they stumble over.
        raise PasskeyRefused() from None
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def find_sign_count(
    party: RelyingParty, challenge: bytes, credential: str, kept: NewPasskey
) -> int | None:
    """Return how often a passkey has signed by now; None where this is no signature of its own.

    One that counts backwards was copied, and signs no more (WebAuthn, 6.1.1).
    """
    import webauthn

    try:
        signed = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=kept.public_key,
            credential_current_sign_count=kept.sign_count,
        )
    except Exception:
        # The same as above: whatever it is, it proves nothing.
        return None
    return signed.new_sign_count


def find_credential_id(credential: str) -> bytes | None:
    """Return the id of the passkey that a browser says it has signed with."""
    try:
        said = json.loads(credential)["id"]
        return base64.urlsafe_b64decode(f"{said}===")
    except (ValueError, TypeError, KeyError):
        return None
