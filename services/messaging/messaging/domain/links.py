"""The personal link of a message: who may read and confirm, for which guardian, without signing in.

A token names the message and its reader and is signed with a key of that message alone. Dispatchers
are given that one key with the message's content, so a leaked key opens one message, never another.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from common.crypto import derive, link_holds, make_link, parse_link

# Reading: a token for another page, signed with the same key, opens nothing here.
PURPOSE = "r"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a link speaks for: a guardian, or a member of staff reading for themselves.

    `contact_point_id`: by which one the link came, None where it does not say (mails of before, a
    page opened otherwise).
    """

    message_id: UUID
    reader_id: UUID
    contact_point_id: UUID | None = None

    @property
    def ids(self) -> tuple[UUID, ...]:
        """Return what a token names, in its order."""
        ids = (self.message_id, self.reader_id)
        return ids if self.contact_point_id is None else (*ids, self.contact_point_id)


def link_key(secret: bytes, message_id: UUID) -> bytes:
    """Return the 32-byte key of one message's links, from the house's secret for links."""
    return derive(secret, str(message_id))


def make_token(secret: bytes, reader: Reader) -> str:
    """Return the token that stands in a reader's link."""
    return make_link(link_key(secret, reader.message_id), PURPOSE, *reader.ids)


def read_token(secret: bytes, token: str) -> Reader | None:
    """Return whom a token speaks for, or None when it was not made by us for reading."""
    parsed = parse_link(token, 3) or parse_link(token, 2)
    if parsed is None:
        return None
    ids, mac = parsed
    if not link_holds(link_key(secret, ids[0]), PURPOSE, ids, mac):
        return None
    return Reader(*ids)
