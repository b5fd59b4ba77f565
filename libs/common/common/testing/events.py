"""Events as the bus brings them, for tests without an outbox and its relay; who says which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from common.bus import Outgoing
from common.bus.signatures import OWNERS, sign
from common.keys import Keys
from common.schemas import EVENTS, Envelope


def published(keys_dir: Path, event: Envelope, routing_key: str | None = None) -> Outgoing:
    """Return an event as the relay of its owner publishes it, signed where its type is."""
    body = event.dump()
    owner = Keys(keys_dir, OWNERS.get(event.type, "identity"))
    return Outgoing(routing_key or event.type, body, event.id, sign(owner, event.type, body))


def put_in(path: Path) -> Iterator[str]:
    """Yield the types that a file puts into an outbox.

    It does so by `put(session, "…", …)`, or by `Envelope.of("…", …)` for many at once.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        place = {"put": 1, "of": 0}.get(node.func.attr, len(node.args))
        name = node.args[place] if place < len(node.args) else None
        if isinstance(name, ast.Constant) and name.value in EVENTS:
            yield str(name.value)
