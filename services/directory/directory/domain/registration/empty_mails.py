"""The address to which a family writes an empty mail, so that it need not type its own (DIR-8).

Each registration has one, `t+<registration><64 bits of HMAC>`, good for as long as it is open.
"""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from uuid import UUID

from common.crypto import LinkMaker

# Whoever learns the address of a registration leaves the family its typed addresses.
MOST_MAILS = 6
# A relay may bring a mail twice, and who waits sends a second one.
SAME_MAIL_WITHIN = timedelta(minutes=2)
# Bytes, written as twice as many digits: nobody guesses 64 bits by mail.
_MAC_BYTES = 8
_PURPOSE = "empty mail"
_LOCAL_PART = re.compile(rf"t\+([0-9a-f]{{32}})([0-9a-f]{{{2 * _MAC_BYTES}}})", re.IGNORECASE)


def local_part_of(secret: bytes, registration_id: UUID) -> str:
    """Return what stands before the @ of a registration's address."""
    return f"t+{registration_id.hex}{_mac_of(secret, registration_id).hex()}"


def registration_of(secret: bytes, local_part: str) -> UUID | None:
    """Return whose address it is; None where we never made it.

    Relays on the way may have changed its case.
    """
    found = _LOCAL_PART.fullmatch(local_part)
    if found is None:
        return None
    registration_id = UUID(hex=found[1])
    ours = _mac_of(secret, registration_id)
    is_ours = hmac.compare_digest(ours, bytes.fromhex(found[2]))
    return registration_id if is_ours else None


def _mac_of(secret: bytes, registration_id: UUID) -> bytes:
    return LinkMaker(secret, _PURPOSE).mac(registration_id)[:_MAC_BYTES]
