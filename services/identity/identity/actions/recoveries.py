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

from common.errors import Invalid, NotFound, Refused
from common.operations import RECOVERY_ASKED, RECOVERY_DONE
from identity import events
from identity.actions.factors import reset_factors
from identity.actions.passwords import issue_temporary
from identity.domain.words import Actor, ActorKind
from identity.store import accounts, recoveries
from identity.store.models import Account, AdministratorRecovery

AGREED_WITHIN = timedelta(hours=24)
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


class RecoveryOver(Refused):
    """It was agreed to already, or a day has passed."""

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
    """Ask for a way in for one of a school's administrators; raise CalledTooShort or NotFound."""
    if len(wanted.called) < SHORTEST_CALLED:
        raise CalledTooShort()
    administrators = accounts.list_administrators(session, wanted.school_id)
    if all(role.account_id != wanted.account_id for role in administrators):
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
    events.record_operation(
        session,
        RECOVERY_ASKED,
        Actor(ActorKind.OPERATOR, wanted.asked_by),
        school_id=wanted.school_id,
        account_id=wanted.account_id,
    )
    return recovery


def agree_to_recovery(
    session: Session, school_id: UUID, recovery_id: UUID, *, agreed_by: UUID, now: datetime
) -> Account:
    """Issue the temporary password that another operator has asked for, and take the factors away.

    Who lost the device with a factor could do nothing with a password. Raise NotFound,
    SameOperator, RecoveryOver, or ManagedElsewhere where the person's sign-in belongs to another
    school.
    """
    recovery = recoveries.lock_recovery(session, school_id, recovery_id)
    if recovery.asked_by == agreed_by:
        raise SameOperator()
    if recovery.agreed_at is not None or recovery.asked_at + AGREED_WITHIN <= now:
        raise RecoveryOver()
    recovery.agreed_by = agreed_by
    recovery.agreed_at = now
    actor = Actor(ActorKind.OPERATOR, agreed_by)
    account = issue_temporary(session, school_id, recovery.account_id, actor=actor, now=now)
    reset_factors(session, school_id, recovery.account_id, actor=actor)
    events.record_operation(
        session,
        RECOVERY_DONE,
        actor,
        school_id=school_id,
        account_id=recovery.account_id,
    )
    return account
