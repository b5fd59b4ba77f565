"""A school ends: its contract, then its rows, then its key (RET-1, OPS-1)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from common import clock
from identity import events
from identity.domain.contracts import (
    End,
    EndNotice,
    ErasureNotDue,
    NotErasing,
    SchoolClosed,
    check_end,
)
from identity.domain.words import Actor, ContractState, SchoolState
from identity.store import accounts, schools
from identity.store.keyring import Keyring
from identity.store.models import Contract, School


def end_contract(session: Session, school_id: UUID, notice: EndNotice, *, actor: Actor) -> School:
    """End a school's contract with a day; raise NotFound, Invalid, or SchoolClosed in an erasure.

    Ending it again changes the dates. A day that lies ahead is kept with the contract, and holds
    from the day after.
    """
    school = schools.lock_school(session, school_id)
    if school.state in (SchoolState.ERASING, SchoolState.ERASED):
        raise SchoolClosed(SchoolState(school.state))
    contract = schools.newest_contracts(session, [school_id]).get(school_id)
    starts_on = contract.starts_on if contract is not None else None
    end = notice.end
    check_end(
        end,
        name=school.name,
        name_typed=notice.name_typed,
        today=notice.given_on,
        starts_on=starts_on,
    )
    if end.has_come(notice.given_on):
        school.state = SchoolState.ENDED
        contract_state = ContractState.ENDED
    else:
        school.state = SchoolState.ACTIVE
        contract_state = ContractState.ACTIVE
    schools.end_contracts(session, school_id, end, contract_state)
    events.put_contract_ended(session, school_id, end, actor)
    return school


def end_due_contracts(session: Session, *, now: datetime) -> None:
    """Make read-only the schools whose contract ended with yesterday, in Japan. A job."""
    for school in schools.lock_due_to_end(session, clock.to_jst(now).date()):
        school.state = SchoolState.ENDED
        schools.close_contracts(session, school.id)


def begin_erasure(session: Session, school_id: UUID, *, today: date) -> School:
    """Close a school whose rows are about to go: nobody signs in, no other end of it is taken.

    Again: the same answer. Raises NotFound, or ErasureNotDue for a school that is kept by what is
    written here, whatever retention has heard of it.
    """
    school = schools.lock_school(session, school_id)
    if school.state in (SchoolState.ERASING, SchoolState.ERASED):
        return school
    contract = schools.newest_contracts(session, [school_id]).get(school_id)
    is_due = school.state == SchoolState.ENDED and _is_over(contract, today)
    if not is_due:
        raise ErasureNotDue()
    school.state = SchoolState.ERASING
    return school


def _is_over(contract: Contract | None, today: date) -> bool:
    if contract is None or contract.ends_on is None:
        return False
    # Of an end from before the days of grace were written here, retention alone counts them.
    grace_days = contract.grace_days or 0
    return End(contract.ends_on, grace_days).erases_at_once(today)


def close_school(session: Session, school_id: UUID) -> None:
    """Close a school that is being erased, by retention's word: after a restore it may be open."""
    school = session.get(School, school_id, with_for_update=True)
    if school is not None:
        school.state = SchoolState.ERASING


def erase_lonely_accounts(session: Session, _school_id: UUID, limit: int) -> dict[str, int]:
    """Delete accounts that have no school any more.

    An account is not of one school, its last role ends it.
    """
    count = accounts.delete_lonely_accounts(session, limit)
    return {"accounts": count} if count else {}


def end_erasure(session: Session, school_id: UUID) -> None:
    """Leave of a school what the operator's list needs: id, code and name."""
    school = session.get(School, school_id, with_for_update=True)
    if school is not None:
        school.state = SchoolState.ERASED
        school.phone = school.phone_hours = school.mail_local = ""


def destroy_key(
    session: Session, school_id: UUID, keyring: Keyring, *, now: datetime
) -> dict[str, str]:
    """Destroy a school's key for good and tell the houses; return its fingerprint and the moment.

    Doing it again changes nothing. Raises NotFound, or NotErasing while the school is in use.
    """
    school = session.get(School, school_id, with_for_update=True)
    if school is not None and school.state not in (SchoolState.ERASING, SchoolState.ERASED):
        raise NotErasing()
    fingerprint = keyring.destroy(school_id, now)
    events.put_key_destroyed(session, school_id, fingerprint)
    destroyed_at = str(keyring.entry(school_id)["destroyed_at"])
    return {"fingerprint": fingerprint, "destroyed_at": destroyed_at}
