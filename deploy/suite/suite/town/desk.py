"""What the connections of the town's relay share, and what they know of one another."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .control import RelayControl
from .domains import Kind
from .envelope import Envelope

if TYPE_CHECKING:
    from .session import Session


class Dropped(Exception):
    """The connection is to be cut without an answer, after the mail was stored."""


@dataclass(frozen=True)
class Desk:
    """What every session shares: the control, TLS when it is offered, and what takes a mail.

    `deliver` takes it and returns the answer.
    """

    control: RelayControl
    deliver: Callable[[Envelope, bytes], Awaitable[str]]
    tls: ssl.SSLContext | None = None
    sessions: set[Session] = field(default_factory=set)

    def is_one_too_many(self, session: Session, kind: Kind) -> bool:
        """Return whether a provider that counts them has as many mails side by side as it takes.

        This session's is not counted.
        """
        if kind is not Kind.FEW_AT_ONCE:
            return False
        others = [
            other for other in self.sessions if other is not session and other.is_busy_with(kind)
        ]
        return len(others) >= self.control.settings.few_at_once
