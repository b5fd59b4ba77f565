"""The last administrator can't get in any more: two operators help, after a call back (ID-12).

The first writes down whom they called back, by a number that the contract knows, and not by one
that the caller gave. The second agrees within a day: then there is a temporary password, and no
second factor any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from common import clock
from common.errors import Invalid, NotFound, Refused
from common.operations import RECOVERY_ASKED, RECOVERY_DONE, Operation
from identity import events
from identity.actions.factors import take_factors_away
from identity.actions.passwords import issue_vouched
from identity.domain.words import Actor, ActorKind
from identity.store import accounts, homes, operators, recoveries
from identity.store.models import Account, AdministratorRecovery, Operator

AGREED_WITHIN = timedelta(hours=24)
# As long: an operator who is made to be the other one comes too late for what was asked before.
STANDING_FOR = AGREED_WITHIN
SHORTEST_CALLED = 10


class CalledTooShort(Invalid):
    """Nobody could tell later whom the operator has called back."""

    def __init__(self) -> None:
        super().__init__(
            "called_too_short",
            "Write down whom you called back, and by which number.",
            fields={"called": SHORTEST_CALLED},
        )


class SameOperator(Refused):
    """One and the same operator asked and agreed."""

    def __init__(self) -> None:
        super().__init__("same_operator", "Another operator has to agree.")


class OperatorTooNew(Refused):
    """Who was added within the last day neither asks nor agrees.

    Whoever adds an operator is handed the password and the second factor, and would be both.
    """

    def __init__(self) -> None:
        super().__init__("operator_too_new", "Operators of a day and more do this.")


class RecoveryOver(Refused):
    """It was agreed to already, a day has passed, or one of those whom it is about has left."""

    def __init__(self) -> None:
        super().__init__("recovery_over", "This recovery is over. Ask again.")


@dataclass(frozen=True, slots=True)
class WantedRecovery:
    """For whom an operator asks, and whom they called back."""

    school_id: UUID
    account_id: UUID
    called: str
    asked_by: UUID


def ask_recovery(
    session: Session, wanted: WantedRecovery, *, now: datetime
) -> AdministratorRecovery:
    """Ask for a way in for one of a school's administrators.

    Raise CalledTooShort, OperatorTooNew or NotFound.
    """
    if len(wanted.called) < SHORTEST_CALLED:
        raise CalledTooShort()
    _check_of_standing(operators.lock_operator(session, wanted.asked_by), now)
    if not _is_administrator(session, wanted.school_id, wanted.account_id):
        raise NotFound()
    recovery = AdministratorRecovery(
        id=uuid4(),
        school_id=wanted.school_id,
        account_id=wanted.account_id,
        asked_by=wanted.asked_by,
        asked_at=now,
        called=wanted.called,
    )
    session.add(recovery)
    session.flush()
    _record(session, RECOVERY_ASKED, recovery, wanted.asked_by)
    return recovery


def _check_of_standing(operator: Operator, now: datetime) -> None:
    if operator.created_at + STANDING_FOR > now:
        raise OperatorTooNew()


def _is_administrator(session: Session, school_id: UUID, account_id: UUID) -> bool:
    administrators = accounts.list_administrators(session, school_id)
    return any(role.account_id == account_id for role in administrators)


def _record(
    session: Session, operation: Operation, recovery: AdministratorRecovery, operator_id: UUID
) -> None:
    """Tell the school's log, and the operator's, which outlives it and other operators read."""
    actor = Actor(ActorKind.OPERATOR, operator_id)
    school_id = recovery.school_id
    events.record_operation(
        session,
        operation,
        actor,
        school_id=school_id,
        account_id=recovery.account_id,
    )
    events.record_of_operators(session, operation, actor, school_id)


def agree_to_recovery(
    session: Session, school_id: UUID, recovery_id: UUID, *, agreed_by: UUID, now: datetime
) -> Account:
    """Issue the temporary password that another operator has asked for, and take the factors away.

    Who lost the device with a factor could do nothing with a password. Raise NotFound,
    SameOperator, OperatorTooNew, RecoveryOver, or ManagedElsewhere where the person's sign-in
    belongs to another school.
    """
    # Who was removed a moment ago still holds a token.
    everybody = operators.lock_everybody(session)
    agreeing = operators.lock_operator(session, agreed_by)
    recovery = recoveries.lock_recovery(session, school_id, recovery_id)
    if recovery.asked_by == agreed_by:
        raise SameOperator()
    _check_of_standing(agreeing, now)
    is_late = recovery.agreed_at is not None or recovery.asked_at + AGREED_WITHIN <= now
    if is_late or recovery.asked_by not in everybody:
        raise RecoveryOver()
    if not _is_administrator(session, school_id, recovery.account_id):
        raise RecoveryOver()
    recovery.agreed_by = agreed_by
    recovery.agreed_at = now
    actor = Actor(ActorKind.OPERATOR, agreed_by)
    account = issue_vouched(
        session,
        school_id,
        recovery.account_id,
        actor=actor,
        now=now,
    )
    take_factors_away(
        session,
        school_id,
        recovery.account_id,
        actor=actor,
    )
    _record(session, RECOVERY_DONE, recovery, agreed_by)
    _tell_other_schools(session, recovery, actor)
    return account


def _tell_other_schools(session: Session, recovery: AdministratorRecovery, actor: Actor) -> None:
    """Tell every other school at which the person works: the password opens that one, too."""
    account_id = recovery.account_id
    roles = homes.list_roles_at(session, [account_id], clock.today())[account_id]
    for role in roles:
        if role.stands and role.school_id != recovery.school_id:
            events.record_operation(
                session,
                RECOVERY_DONE,
                actor,
                school_id=role.school_id,
                account_id=account_id,
            )
