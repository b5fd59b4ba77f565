"""Events as the bus brings them: for tests that publish without an outbox and its relay."""

from __future__ import annotations

from pathlib import Path

from common.bus import Outgoing
from common.bus.signatures import OWNERS, sign
from common.keys import Keys
from common.schemas import Envelope


def published(keys_dir: Path, event: Envelope, routing_key: str | None = None) -> Outgoing:
    """Return an event as the relay of its owner publishes it, signed where its type is."""
    body = event.dump()
    owner = Keys(keys_dir, OWNERS.get(event.type, "identity"))
    return Outgoing(routing_key or event.type, body, event.id, sign(owner, event.type, body))
