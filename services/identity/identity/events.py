"""What identity tells: every act that the operation log keeps, put in the outbox of the act's own transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import bus
from identity.domain.words import Actor


def record(
    session: Session, action: str, actor: Actor, *, school_id: UUID | None, account_id: UUID | None = None, **details: Any
) -> None:
    """Tell the operation log of something that was done to an account, or (without one) to the school itself."""
    target = ("school", school_id) if account_id is None else ("account", account_id)
    payload = {
        "action": action,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "target_kind": target[0],
        "target_id": target[1],
        "details": details,
    }
    bus.put(session, "operation.recorded", payload, school_id=school_id)
