"""One mail, ready to be handed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from common.delivery.claims import Claimed

_OF_PATHS = bytes(range(0x20, 0x7F))


@dataclass(slots=True)
class Mail:
    """What a relay needs for one recipient.

    `sender` and `recipient` stand between the angle brackets of MAIL FROM and RCPT TO, quoted
    already; `domain` stands for the recipient's provider (`carrier_of`), in lower case; `content`
    has CRLF line ends, is dot-stuffed and ends with CRLF. Raises ValueError when an address would
    end its SMTP command.
    """

    delivery_id: UUID
    sender: bytes
    recipient: bytes
    domain: str
    content: bytes

    def __post_init__(self) -> None:
        """Refuse what would become a second SMTP command: the relay gets the bytes as they are."""
        if self.sender.translate(None, _OF_PATHS) or self.recipient.translate(None, _OF_PATHS):
            raise ValueError("control or non-ASCII character in an SMTP address")


class ReadyLetter(NamedTuple):
    """A mail, and the row that it is sent for: some are made once more without links."""

    row: Claimed
    mail: Mail
