"""What takes a registration over into an installed page, as its address holds it (ADR 52).

It names the school, and until when it is good, so that an old one is asked of nobody: the address
stays that of the installed page as long as that is there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

_TICKET = re.compile(r"([0-9a-f]{32})\.([0-9]{10})\.([A-Za-z0-9_-]{20,100})")


class WrittenTicket(NamedTuple):
    """`text`: what directory gave."""

    school_id: UUID
    expires_at: datetime
    text: str

    def written(self) -> str:
        """Return it as it stands in an address."""
        return f"{self.school_id.hex}.{int(self.expires_at.timestamp())}.{self.text}"


def find_ticket(written: str, now: datetime) -> WrittenTicket | None:
    """Return a ticket that may still be good; None for an old one, or what is none."""
    found = _TICKET.fullmatch(written)
    if found is None:
        return None
    expires_at = datetime.fromtimestamp(int(found[2]), UTC)
    return WrittenTicket(UUID(hex=found[1]), expires_at, found[3]) if now < expires_at else None
