"""What identity tells.

Every act that the operation log keeps, and what staff are told of it by mail, put in the outbox of
the act's own transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import bus
from common.notices import MOST_READERS, NoticeKind, check_params
from common.operations import KEY_DESTROYED, KEYS_ROTATED, LOG_EXPORTED, SCHOOL_ENDED, Operation
from identity.domain.contracts import End
from identity.domain.roster_accounts import AccountRefusal
from identity.domain.words import Actor, ActorKind


def record_operation(
    session: Session,
    operation: Operation,
    actor: Actor,
    *,
    school_id: UUID | None,
    account_id: UUID | None = None,
    **details: Any,
) -> None:
    """Tell the operation log what was done to an account, or (without one) to the school itself.

    Raise WrongDetails for details that the operation does not have.
    """
    target = ("school", school_id) if account_id is None else ("account", account_id)
    payload = operation.payload((actor.kind.value, actor.id), target, details)
    bus.put(session, "operation.recorded", payload, school_id=school_id)


def record_export(session: Session, actor: Actor, *, school_id: UUID, count: int) -> None:
    """Tell the operation log that lines of it left the house."""
    who = (actor.kind.value, actor.id)
    payload = LOG_EXPORTED.payload(who, ("log", None), {"count": count})
    bus.put(session, "operation.recorded", payload, school_id=school_id)


def record_of_access(
    session: Session,
    operation: Operation,
    actor: Actor,
    access_id: UUID,
    *,
    school_id: UUID,
    **details: Any,
) -> None:
    """Tell a school's log of an operator who looks at its data.

    The line holds the access's id; the reason stands in the access alone, and goes with the school.
    """
    who = (actor.kind.value, actor.id)
    payload = operation.payload(who, ("access", access_id), details)
    bus.put(session, "operation.recorded", payload, school_id=school_id)


def record_of_school(
    session: Session, operation: Operation, actor: Actor, school_id: UUID, **details: Any
) -> None:
    """Tell what an operator did to a school: its own log, and the operator's, which outlives it."""
    record_operation(session, operation, actor, school_id=school_id, **details)
    _record_without_school(session, operation, actor, ("school", school_id), details)


def record_of_operator(
    session: Session, operation: Operation, actor: Actor, operator_id: UUID | None
) -> None:
    """Tell the log without a school of something that an operator did, or that was done to one."""
    _record_without_school(session, operation, actor, ("operator", operator_id), {})


def record_of_operators(
    session: Session, operation: Operation, actor: Actor, school_id: UUID
) -> None:
    """Tell the log without a school what an operator did for one, whose own log says for whom."""
    _record_without_school(session, operation, actor, ("school", school_id), {})


def put_notice(
    session: Session,
    kind: NoticeKind,
    account_ids: Sequence[UUID],
    params: Mapping[str, str | int],
    *,
    school_id: UUID,
) -> UUID:
    """Ask dispatch-mail to tell these accounts something by mail; return the notice's id.

    Raise WrongParams for what the kind's words lack, or an event can't hold.
    """
    check_params(kind, params)
    notice_id = uuid4()
    for start in range(0, len(account_ids), MOST_READERS):
        payload = {
            "notice_id": notice_id,
            "kind": kind.value,
            "account_ids": list(account_ids[start : start + MOST_READERS]),
            "params": dict(params),
        }
        bus.put(session, "notice.requested", payload, school_id=school_id)
    return notice_id


def put_accounts_settled(
    session: Session, school_id: UUID, import_id: UUID, refused: Sequence[AccountRefusal]
) -> None:
    """Tell that the accounts of an import are given, and which were refused."""
    told = [{"member_id": one.member_id, "code": one.code} for one in refused]
    payload = {"import_id": import_id, "refused": told}
    bus.put(session, "accounts.settled", payload, school_id=school_id)


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
    record_of_school(session, SCHOOL_ENDED, actor, school_id, **details)


def put_key_destroyed(session: Session, school_id: UUID, fingerprint: str) -> None:
    """Tell that a school's key is no more."""
    bus.put(session, "key.destroyed", {}, school_id=school_id)
    _record_without_school(
        session,
        KEY_DESTROYED,
        Actor(ActorKind.SYSTEM),
        ("school", school_id),
        {"fingerprint": fingerprint},
    )


def put_keys_rotated(session: Session, what: str) -> None:
    """Tell the log without a school that keys were replaced; `what`: which, in words."""
    operator = Actor(ActorKind.OPERATOR)
    _record_without_school(session, KEYS_ROTATED, operator, ("keys", None), {"what": what})


def _record_without_school(
    session: Session,
    operation: Operation,
    actor: Actor,
    target: tuple[str, UUID | None],
    details: Mapping[str, Any],
) -> None:
    payload = operation.payload((actor.kind.value, actor.id), target, details)
    bus.put(session, "operation.recorded", payload, school_id=None)
