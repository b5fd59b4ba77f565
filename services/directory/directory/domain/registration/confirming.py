"""How an address is proved: by six digits or a link, both derived from the school's key (DIR-8).

A stolen database confirms no address: neither lies in it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

from common.crypto import SchoolKey, derive, link_holds, make_link, parse_link
from common.typed_codes import tidy

CODE_DIGITS = 6
# Of a million codes; with the addresses an hour that one mailbox may be asked for: 15 an hour.
CODE_TRIES = 5
VALID_FOR = timedelta(hours=24)
# Whoever types other people's addresses fills no mailbox.
MOST_MAILS_AN_HOUR = 3
HOUR = timedelta(hours=1)
# Of a family of two who mistype each address once, and more.
MOST_MAILS_A_REGISTRATION = 12
# Of both parents and more; whoever finds a sheet does not write to the world in a school's name.
MOST_MAILS_A_SHEET = 30
DAY = timedelta(days=1)
MAX_CONTACT_POINTS = 10
_CODE, _LINK = "registration code", "registration link"
_PURPOSE = "t"


def code_of(key: SchoolKey, mail_id: UUID) -> str:
    """Return the six digits of a confirmation mail."""
    digest = hmac.digest(derive(key.material, _CODE), mail_id.bytes, hashlib.sha256)
    return f"{int.from_bytes(digest) % 10**CODE_DIGITS:0{CODE_DIGITS}}"


def is_code(typed: str, expected: str) -> bool:
    """Return whether what was typed is the code, in constant time, however a phone wrote it."""
    return hmac.compare_digest(tidy(typed).encode(), expected.encode())


def link_of(key: SchoolKey, mail_id: UUID) -> str:
    """Return the token of a confirmation mail's link; it names the school and the mail."""
    return make_link(derive(key.material, _LINK), _PURPOSE, key.school_id, mail_id)


def school_of_link(token: str) -> UUID | None:
    """Return the school that a token claims, unchecked; None where it has not the form of one."""
    parsed = parse_link(token, 2)
    return parsed[0][0] if parsed else None


def mail_of_link(key: SchoolKey, token: str) -> UUID | None:
    """Return whose link a token is; None where we never made it."""
    parsed = parse_link(token, 2)
    if parsed is None:
        return None
    ids, mac = parsed
    is_ours = link_holds(derive(key.material, _LINK), _PURPOSE, ids, mac)
    return ids[1] if is_ours else None
