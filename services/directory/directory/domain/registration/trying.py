"""By what tries for the codes of a sheet are counted (ADR 32): what was typed, and the network."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from common.guessing import network_of, read_address
from directory.domain.registration.codes import tidy

# Nobody's codes are longer; what is longer is cut, and wrong.
LONGEST_CODE = 40


@dataclass(frozen=True, slots=True)
class SheetCodes:
    """What a family typed from its sheet, and from which address it came."""

    school_code: str
    login_id: str
    passcode: str = field(repr=False)
    remote_address: str


@dataclass(frozen=True, slots=True)
class TriedPlace:
    """Where the wrong tries stand: of this sheet from this network, and of the whole network."""

    tries_index: bytes
    network_index: bytes


def place_of(secret: bytes, codes: SheetCodes) -> TriedPlace:
    """Return by what a try is counted. `secret`: 32 bytes; what was typed is not kept."""
    network = network_of(read_address(codes.remote_address))
    typed = f"{tidy(codes.school_code)}|{tidy(codes.login_id)}|{network}"
    return TriedPlace(
        hmac.digest(secret, f"sheet {typed}".encode(), hashlib.sha256),
        hmac.digest(secret, f"network {network}".encode(), hashlib.sha256),
    )
