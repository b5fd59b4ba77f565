"""What the directory tells the other houses: that somebody changed the roster.

Ids only, never a name or an address.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import bus
from directory.domain.scope import Actor


def record_operation(
    session: Session, actor: Actor, action: str, target: tuple[str, UUID | None], **details: Any
) -> None:
    """Put a line of the operation log into the outbox of this transaction.

    `target`: ("member", its id).
    """
    kind, target_id = target
    bus.put(
        session,
        "operation.recorded",
        {
            "action": action,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "target_kind": kind,
            "target_id": target_id,
            "details": details,
        },
        school_id=actor.school_id,
    )
