"""The certificate of an erasure: plain JSON, signed by Ed25519 over its canonical form.

Holds no personal data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from common.canonical import canonical
from retention.domain.calendar import Calendar, day_of, last_backup_leaves

KIND = "renraku.erasure-certificate"
SIGNATURE = "signature"
# What is left on purpose, by name; the paper says it in Japanese.
EXCEPTIONS = ("relay_log", "certificate", "operator_log")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate certifies.

    `counts`: house → table → how many rows it lost; `fingerprint`: SHA-256 of the key.

    `issuer`: who runs the installation and certifies; "" leaves a line on the paper for who signs
    by hand.
    """

    id: UUID
    school_id: UUID
    school_code: str
    school_name: str
    calendar: Calendar
    started_at: datetime
    erased_at: datetime
    key_destroyed_at: datetime
    fingerprint: str
    counts: Mapping[str, Mapping[str, int]]
    issued_at: datetime
    issuer: str = ""


def make_certificate(facts: Facts) -> dict[str, Any]:
    """Return the unsigned document."""
    return {
        "kind": KIND,
        "version": 1,
        "algorithm": "Ed25519",
        "signed_by": "retention",
        "id": str(facts.id),
        "issued_at": facts.issued_at.isoformat(),
        "issuer": facts.issuer,
        "school": {
            "id": str(facts.school_id),
            "code": facts.school_code,
            "name": facts.school_name,
        },
        "contract": {
            "ended_on": facts.calendar.ended_on.isoformat(),
            "grace_days": facts.calendar.grace_days,
        },
        "erasure": {
            "started_at": facts.started_at.isoformat(),
            "erased_at": facts.erased_at.isoformat(),
        },
        "counts": {house: dict(tables) for house, tables in facts.counts.items()},
        "key": {
            "fingerprint_sha256": facts.fingerprint,
            "destroyed_at": facts.key_destroyed_at.isoformat(),
        },
        "backups": {
            "last_leaves_on": last_backup_leaves(day_of(facts.erased_at)).isoformat(),
            "gone_by": facts.calendar.gone_by.isoformat(),
        },
        "exceptions": list(EXCEPTIONS),
    }


def sign(document: Mapping[str, Any], signer: Callable[[bytes], bytes]) -> dict[str, Any]:
    """Return the document with its signature, in hex: base64 has spare bits, in which a changed
    byte could hide.
    """
    return {**document, SIGNATURE: signer(canonical(document)).hex()}


def verify(document: Mapping[str, Any] | bytes | str, public_key: bytes) -> bool:
    """Return whether a certificate (its file's bytes, or what they hold) is ours and unchanged.

    `public_key`: PEM, as `public/retention.pem` of the keys folder. Anything that is no certificate
    is not genuine.
    """
    key = load_pem_public_key(public_key)
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        read = document if isinstance(document, Mapping) else json.loads(document)
        content = {name: value for name, value in read.items() if name != SIGNATURE}
        signature = bytes.fromhex(read[SIGNATURE])
        if content["kind"] != KIND or signature.hex() != read[SIGNATURE]:
            return False
        key.verify(signature, canonical(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidSignature):
        return False
    return True
