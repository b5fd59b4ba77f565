"""By what tries for the codes of a sheet are counted (ADR 32): what was typed, and the network."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from common.guessing import FREE_TRIES, network_of, read_address
from common.typed_codes import tidy

# Nobody's codes are longer; what is longer is cut, and wrong.
LONGEST_CODE = 40
# In a talk it is said how many are left.
FREE_TRIES_IN_TALK = 5


@dataclass(frozen=True, slots=True)
class SheetCodes:
    """What a family typed from its sheet, and from which address it came."""

    school_code: str
    login_id: str
    passcode: str = field(repr=False)
    remote_address: str


@dataclass(frozen=True, slots=True)
class TriedPlace:
    """Where the wrong tries stand: of this sheet from this network, and of the whole network.

    In a talk: of this LINE user, and of this sheet in all talks. Each LINE user has few tries, and
    nobody else is kept out by them; who guesses at one sheet as many users waits.
    `keeps_count`: a right one takes itself back and no other. Whoever holds one sheet would else
    guess at others without end.
    """

    tries_index: bytes
    network_index: bytes
    free_tries: int = FREE_TRIES
    keeps_count: bool = False


def place_of(secret: bytes, codes: SheetCodes) -> TriedPlace:
    """Return by what a try is counted. `secret`: 32 bytes; what was typed is not kept."""
    network = network_of(read_address(codes.remote_address))
    typed = f"{tidy(codes.school_code)}|{tidy(codes.login_id)}|{network}"
    return TriedPlace(_index(secret, f"sheet {typed}"), _index(secret, f"network {network}"))


def place_in_talk(secret: bytes, user_id: str, school: str, login_id: str = "") -> TriedPlace:
    """Return by what a try in a talk is counted. `school`: its code as typed, or its id."""
    typed = f"{tidy(school)}|{tidy(login_id)}"
    return TriedPlace(
        _index(secret, f"line user {user_id}"),
        _index(secret, f"line sheet {typed}"),
        free_tries=FREE_TRIES_IN_TALK,
        keeps_count=True,
    )


def _index(secret: bytes, what: str) -> bytes:
    return hmac.digest(secret, what.encode(), hashlib.sha256)
