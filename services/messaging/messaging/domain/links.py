"""The personal link of a message: who may read and confirm, for which guardian, without signing in.

A token names the message and its reader and is signed with a key of that message alone. Dispatchers
are given that one key with the message's content, so a leaked key opens one message, never another.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.cache import Bounded
from common.crypto import derive, link_holds, parse_link

# Reading: a token for another page, signed with the same key, opens nothing here.
PURPOSE = "r"


# A message is read by thousands within minutes.
_keys = Bounded[tuple[UUID, bytes], bytes](most=1000, seconds=600)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a link speaks for: a guardian, or a member of staff reading for themselves.

    `contact_point_id`: by which one the link came, None where it does not say (mails of before, a
    page opened otherwise).
    """

    message_id: UUID
    reader_id: UUID
    contact_point_id: UUID | None = None


def link_key(secret: bytes, message_id: UUID) -> bytes:
    """Return the 32-byte key of one message's links, from the house's secret for links."""
    key = _keys.get((message_id, secret))
    if key is None:
        key = derive(secret, str(message_id))
        _keys.put((message_id, secret), key)
    return key


def read_token(secret: bytes, token: str) -> Reader | None:
    """Return whom a token speaks for, or None when it was not made by us for reading."""
    parsed = parse_link(token, 3) or parse_link(token, 2)
    if parsed is None:
        return None
    ids, mac = parsed
    if not link_holds(link_key(secret, ids[0]), PURPOSE, ids, mac):
        return None
    return Reader(*ids)
