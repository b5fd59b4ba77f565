"""Queries about schools and their contracts."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from common.errors import NotFound
from identity.domain.contracts import End
from identity.domain.words import ContractState, RoleStatus, SchoolState
from identity.store.models import Contract, ContractContact, School, StaffRole

# Schools may share a sender; so many are looked through when somebody answers it.
MOST_AT_ADDRESS = 10


def get_school(session: Session, school_id: UUID) -> School:
    """Return a school that is not erased; raise NotFound."""
    school = session.get(School, school_id)
    if school is None or school.state == SchoolState.ERASED:
        raise NotFound()
    return school


def list_schools(
    session: Session, *, after: str | None, limit: int, words: str = ""
) -> list[School]:
    """Return up to `limit` + 1 schools in order of their code, after a code.

    `words`: each stands in the name or the short name, or is a part of the code.
    """
    query = select(School).order_by(School.code).limit(limit + 1)
    if after is not None:
        query = query.where(School.code > after)
    for word in words.split():
        digits = unicodedata.normalize("NFKC", word)
        is_named = or_(
            School.name.icontains(word, autoescape=True),
            School.short_name.icontains(word, autoescape=True),
            School.code.contains(digits, autoescape=True),
        )
        query = query.where(is_named)
    return list(session.scalars(query))


def list_ids_at(session: Session, mail_local: str) -> list[UUID]:
    """Return the schools whose mails come from this local part, written in any case."""
    at_address = func.lower(School.mail_local) == mail_local.lower()
    query = select(School.id).where(at_address, School.state != SchoolState.ERASED)
    return list(session.scalars(query.order_by(School.code).limit(MOST_AT_ADDRESS)))


def find_any_school(session: Session, school_id: UUID) -> School | None:
    """Return a school, an erased one too: the operator's list keeps it."""
    return session.get(School, school_id)


def get_by_code(session: Session, code: str) -> School:
    """Return the school of a code that is in use; raise NotFound for any other."""
    query = select(School).where(School.code == code, School.state == SchoolState.ACTIVE)
    school = session.scalar(query)
    if school is None:
        raise NotFound()
    return school


def list_schools_of(session: Session, account_id: UUID) -> list[School]:
    """Return the schools at which an account has a role that is not deleted."""
    query = (
        select(School)
        .join(StaffRole, StaffRole.school_id == School.id)
        .where(StaffRole.account_id == account_id, StaffRole.status != RoleStatus.DELETED)
    )
    return list(session.scalars(query))


def newest_contracts(session: Session, school_ids: list[UUID]) -> dict[UUID, Contract]:
    """Return each school's newest contract; an erased school has none."""
    query = select(Contract).where(Contract.school_id.in_(school_ids)).order_by(Contract.starts_on)
    return {contract.school_id: contract for contract in session.scalars(query)}


def list_contacts(session: Session, contract_id: UUID) -> Sequence[ContractContact]:
    """Return whom the operator reaches about a contract, the first first."""
    query = select(ContractContact).where(ContractContact.contract_id == contract_id)
    return session.scalars(query.order_by(ContractContact.position)).all()


def delete_contacts(session: Session, contract_id: UUID) -> None:
    session.execute(delete(ContractContact).where(ContractContact.contract_id == contract_id))


def member_limit(session: Session, school_id: UUID) -> int:
    """Return how many members a school's newest contract allows; 0 where there is none any more."""
    return limit_of(newest_contracts(session, [school_id]).get(school_id))


def limit_of(contract: Contract | None) -> int:
    return contract.member_limit if contract else 0


def add_new(session: Session, school: School) -> bool:
    """Write a new school; return whether its id and its code were free.

    Two presses of one button meet here: the second waits for the first.
    """
    try:
        with session.begin_nested():
            session.add(school)
    except IntegrityError:
        return False
    return True


def lock_school(session: Session, school_id: UUID) -> School:
    """Return and lock a school; raise NotFound."""
    school = session.get(School, school_id, with_for_update=True)
    if school is None:
        raise NotFound()
    return school


def end_contracts(session: Session, school_id: UUID, end: End, state: ContractState) -> None:
    written = {"ends_on": end.ended_on, "grace_days": end.grace_days, "state": state}
    session.execute(update(Contract).where(Contract.school_id == school_id).values(written))


def close_contracts(session: Session, school_id: UUID) -> None:
    session.execute(
        update(Contract).where(Contract.school_id == school_id).values(state=ContractState.ENDED)
    )


def lock_due_to_end(session: Session, today: date) -> Sequence[School]:
    """Return and lock the schools in use whose every contract ended before a day."""
    of_school = Contract.school_id == School.id
    lasts = Contract.ends_on.is_(None) | (Contract.ends_on >= today)
    goes_on = select(Contract.id).where(of_school, lasts)
    has_ended = select(Contract.id).where(of_school, Contract.ends_on < today)
    query = select(School).where(
        School.state == SchoolState.ACTIVE,
        has_ended.exists(),
        ~goes_on.exists(),
    )
    return session.scalars(query.with_for_update()).all()
