"""What the directory tells the other houses: that somebody changed the roster.

Ids only, never a name or an address.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import bus
from common.operations import Operation
from directory.domain.scope import Actor


def record_operation(
    session: Session,
    actor: Actor,
    operation: Operation,
    target: tuple[str, UUID | None],
    **details: Any,
) -> None:
    """Put a line of the operation log into the outbox of this transaction.

    `target`: ("member", its id). Raise WrongDetails for details that the operation does not have.
    """
    payload = operation.payload((actor.kind, actor.id), target, details)
    bus.put(session, "operation.recorded", payload, school_id=actor.school_id)
