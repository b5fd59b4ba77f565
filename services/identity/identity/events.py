"""What identity tells.

Every act that the operation log keeps, put in the outbox of the act's own transaction.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from common import bus
from identity.domain.contracts import End
from identity.domain.words import Actor, ActorKind


def record(
    session: Session,
    action: str,
    actor: Actor,
    *,
    school_id: UUID | None,
    account_id: UUID | None = None,
    **details: Any,
) -> None:
    """Tell the operation log what was done to an account, or (without one) to the school itself."""
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


def record_export(session: Session, actor: Actor, *, school_id: UUID, count: int) -> None:
    """Tell the operation log that lines of it left the house."""
    payload = {
        "action": "log.exported",
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "target_kind": "log",
        "target_id": None,
        "details": {"count": count},
    }
    bus.put(session, "operation.recorded", payload, school_id=school_id)


def record_of_operator(
    session: Session, action: str, actor: Actor, operator_id: UUID | None
) -> None:
    """Tell the log without a school of something that an operator did, or that was done to one."""
    _record_without_school(session, action, actor, ("operator", operator_id), {})


def put_contract_ended(session: Session, school_id: UUID, end: End, actor: Actor) -> None:
    """Tell that a school's contract ends; the operator's own log line outlives the school's."""
    bus.put(
        session,
        "contract.ended",
        {
            "ended_on": end.ended_on,
            "grace_days": end.grace_days,
        },
        school_id=school_id,
    )
    details: dict[str, Any] = {
        "ended_on": end.ended_on.isoformat(),
        "grace_days": end.grace_days,
    }
    record(session, "school.ended", actor, school_id=school_id, **details)
    _record_without_school(session, "school.ended", actor, ("school", school_id), details)


def put_key_destroyed(session: Session, school_id: UUID, fingerprint: str) -> None:
    """Tell that a school's key is no more."""
    bus.put(session, "key.destroyed", {}, school_id=school_id)
    _record_without_school(
        session,
        "key.destroyed",
        Actor(ActorKind.SYSTEM),
        ("school", school_id),
        {"fingerprint": fingerprint},
    )


def _record_without_school(
    session: Session,
    action: str,
    actor: Actor,
    target: tuple[str, UUID | None],
    details: dict[str, Any],
) -> None:
    payload = {
        "action": action,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "target_kind": target[0],
        "target_id": target[1],
        "details": details,
    }
    bus.put(session, "operation.recorded", payload, school_id=None)
