"""The links that a family is mailed: to its page, and to say that a mail has come (MY-1, MY-7).

A link is derived from its id under this house's own secret each time it is written or read, so
nothing that would let somebody in lies in the database.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from common.crypto import link_holds, make_link, parse_link


class LinkKind(StrEnum):
    """What a press on a link does: let its browser in, or say that the mail has come."""

    SIGN_IN = "sign_in"
    TEST = "test"


LIVES: Mapping[LinkKind, timedelta] = {
    LinkKind.SIGN_IN: timedelta(minutes=15),
    LinkKind.TEST: timedelta(hours=24),
}
# An old link still says why it opens nothing.
KEPT_AFTER = timedelta(days=1)
PURPOSE = "m"


class LinkLimit(NamedTuple):
    """How often may be asked within a time: `most` times in `within`."""

    most: int
    within: timedelta


# Whoever types somebody else's address fills no mailbox by it, and keeps its owner, who asks from
# elsewhere, not out.
OF_ADDRESS_THERE = (LinkLimit(3, timedelta(minutes=15)), LinkLimit(10, timedelta(days=1)))
OF_ADDRESS = (LinkLimit(30, timedelta(days=1)),)
# As many families as sit in a gymnasium with the school's own network, and no list of addresses.
OF_NETWORK = LinkLimit(60, timedelta(minutes=10))
# Who taps the menu again and again in the talk.
OF_LINE_USER = LinkLimit(20, timedelta(hours=1))
OF_POINT = LinkLimit(3, timedelta(hours=1))
LONGEST_COUNTED = timedelta(days=1)


class NamedLink(NamedTuple):
    """What a link names."""

    school_id: UUID
    link_id: UUID


def write_link(secret: bytes, school_id: UUID, link_id: UUID) -> str:
    """Return the token of a link."""
    return make_link(secret, PURPOSE, school_id, link_id)


def read_link(secret: bytes, token: str) -> NamedLink | None:
    """Return what a token names; None where we did not make it."""
    parsed = parse_link(token, 2)
    if parsed is None:
        return None
    ids, mac = parsed
    if not link_holds(secret, PURPOSE, ids, mac):
        return None
    return NamedLink(*ids)


def place_of(secret: bytes, kind: str, what: bytes) -> bytes:
    """Return the 32 bytes that stand for an address or a network that is counted."""
    return hmac.digest(secret, kind.encode() + b" " + what, hashlib.sha256)
