"""The nonce by which LINE tells whose LINE user it is (DLV-5, ADR 49).

It is derived from the school's key: a stolen database links nobody.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from common.crypto import SchoolKey, derive, link_holds, make_link, parse_link

# LINE's own token lives for ten minutes. What LINE told may wait longer: a house may be away.
VALID_FOR = timedelta(hours=1)
# So long it is known that a nonce was used, and by whom.
USED_FOR = timedelta(days=1)
# A family that presses again and again fills no table.
MOST_A_REGISTRATION = 20
_KEY = "line link"
_PURPOSE = "l"


def nonce_of(key: SchoolKey, link_id: UUID) -> str:
    """Return the nonce of a link; it names the school and the link."""
    return make_link(derive(key.material, _KEY), _PURPOSE, key.school_id, link_id)


def link_of_nonce(key: SchoolKey, nonce: str) -> UUID | None:
    """Return whose nonce it is; None where we never made it."""
    parsed = parse_link(nonce, 2)
    if parsed is None:
        return None
    ids, mac = parsed
    is_ours = link_holds(derive(key.material, _KEY), _PURPOSE, ids, mac)
    return ids[1] if is_ours else None
