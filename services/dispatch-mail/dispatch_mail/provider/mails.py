"""One mail, ready to be handed over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

_NOT_IN_A_PATH = re.compile(rb"[\x00-\x1f\x7f-\xff]")


@dataclass(frozen=True, slots=True)
class Mail:
    """What a relay needs for one recipient.

    `sender` and `recipient` stand between the angle brackets of MAIL FROM and RCPT TO, quoted already; `domain` is the
    recipient's, in lower case; `content` has CRLF line ends, is dot-stuffed and ends with CRLF. Raises ValueError when
    an address would end its SMTP command.
    """

    delivery_id: UUID
    sender: bytes
    recipient: bytes
    domain: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse what would become a second SMTP command: these bytes go to the relay as they are."""
        if _NOT_IN_A_PATH.search(self.sender) or _NOT_IN_A_PATH.search(self.recipient):
            raise ValueError("control or non-ASCII character in an SMTP address")
