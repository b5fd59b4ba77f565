"""Queries about accounts, roles and sessions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from common.db import rowcount
from common.errors import NotFound
from identity.domain.words import OPEN_STATES, Role, RoleStatus, SchoolState
from identity.store.models import (
    Account,
    RecoveryCode,
    School,
    SecondFactor,
    SignedInSession,
    StaffRole,
)


def find_account(session: Session, login_index: bytes) -> Account | None:
    return session.scalar(select(Account).where(Account.login_index == login_index))


def find_locked(session: Session, account_id: UUID) -> Account | None:
    """Return and lock an account as it stands now. It is locked before any role of it."""
    return session.get(Account, account_id, with_for_update=True, populate_existing=True)


def lock_account(session: Session, account_id: UUID) -> Account:
    """Return and lock an account as it stands now; raise NotFound."""
    account = find_locked(session, account_id)
    if account is None:
        raise NotFound()
    return account


def list_networks(session: Session, login_index: bytes) -> list[str]:
    """Return the networks that the schools of an account call their own; none where there is none.

    It is asked for every login, so that the time tells nothing.
    """
    query = (
        select(School.networks)
        .join(StaffRole, StaffRole.school_id == School.id)
        .join(Account, Account.id == StaffRole.account_id)
        .where(Account.login_index == login_index, StaffRole.status == RoleStatus.ACTIVE)
    )
    return [network for networks in session.scalars(query) for network in networks]


def list_open_roles(session: Session, account_id: UUID, today: date) -> list[StaffRole]:
    """Return the roles by which an account may sign in on a day.

    Active and in their term, at schools in use, then at those that are read-only.
    """
    query = (
        select(StaffRole)
        .join(School, School.id == StaffRole.school_id)
        .where(StaffRole.account_id == account_id, _is_open(today))
        # By its word: "active" comes before "ended".
        .order_by(School.state, StaffRole.created_at, StaffRole.id)
    )
    return list(session.scalars(query))


def _is_open(today: date) -> ColumnElement[bool]:
    """Return the condition of roles, joined with their school, by which one may sign in."""
    return and_(
        StaffRole.status == RoleStatus.ACTIVE,
        or_(StaffRole.starts_on.is_(None), StaffRole.starts_on <= today),
        or_(StaffRole.ends_on.is_(None), StaffRole.ends_on >= today),
        School.state.in_(OPEN_STATES),
    )


def list_open_accounts(
    session: Session, school_id: UUID, account_ids: Collection[UUID], today: date
) -> list[tuple[StaffRole, Account]]:
    """Return those of some accounts that may sign in at a school on a day, with their roles."""
    query = (
        select(StaffRole, Account)
        .join(Account, Account.id == StaffRole.account_id)
        .join(School, School.id == StaffRole.school_id)
        .where(
            StaffRole.school_id == school_id,
            StaffRole.account_id.in_(account_ids),
            _is_open(today),
        )
        .order_by(StaffRole.id)
    )
    return [(role, account) for role, account in session.execute(query)]


def list_roles_of(
    session: Session, school_id: UUID, account_ids: Collection[UUID]
) -> list[StaffRole]:
    """Return what some accounts are at a school, or were: ended and deleted ones too."""
    query = select(StaffRole).where(
        StaffRole.school_id == school_id, StaffRole.account_id.in_(account_ids)
    )
    return list(session.scalars(query.order_by(StaffRole.id)))


def find_closed_school(session: Session, account_id: UUID) -> SchoolState | None:
    """Return the state of the school that an account would sign in to, were it not being erased."""
    query = (
        select(School.state)
        .join(StaffRole, StaffRole.school_id == School.id)
        .where(
            StaffRole.account_id == account_id,
            StaffRole.status == RoleStatus.ACTIVE,
            School.state.not_in(OPEN_STATES),
        )
        .limit(1)
    )
    state = session.scalar(query)
    return SchoolState(state) if state else None


def find_first_administrator(session: Session, school_id: UUID) -> tuple[StaffRole, Account] | None:
    """Return the administrator with whom a school was made, while that person serves there.

    Made in the same transaction, both bear the same moment: nobody who came later takes the place.
    """
    query = (
        select(StaffRole, Account)
        .join(Account, Account.id == StaffRole.account_id)
        .join(School, School.id == StaffRole.school_id)
        .where(
            StaffRole.school_id == school_id,
            StaffRole.role == Role.ADMINISTRATOR,
            StaffRole.status == RoleStatus.ACTIVE,
            StaffRole.created_at == School.created_at,
        )
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return row[0], row[1]


def get_role(session: Session, school_id: UUID, account_id: UUID) -> StaffRole:
    """Return and lock what an account is at a school; raise NotFound."""
    query = select(StaffRole).where(
        StaffRole.school_id == school_id,
        StaffRole.account_id == account_id,
    )
    locking = query.with_for_update().execution_options(populate_existing=True)
    role = session.scalar(locking)
    if role is None:
        raise NotFound()
    return role


def lock_administrators(session: Session, school_id: UUID) -> list[StaffRole]:
    """Return a school's active administrators, locked.

    Two who demote each other stand in line.
    """
    query = (
        select(StaffRole)
        .where(
            StaffRole.school_id == school_id,
            StaffRole.role == Role.ADMINISTRATOR,
            StaffRole.status == RoleStatus.ACTIVE,
        )
        .order_by(StaffRole.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def list_administrators(session: Session, school_id: UUID) -> list[StaffRole]:
    """Return the roles of a school's active administrators by name."""
    query = select(StaffRole).where(
        StaffRole.school_id == school_id,
        StaffRole.role == Role.ADMINISTRATOR,
        StaffRole.status == RoleStatus.ACTIVE,
    )
    return list(session.scalars(query.order_by(StaffRole.display_name, StaffRole.id)))


def find_account_of_member(session: Session, school_id: UUID, member_id: UUID) -> UUID | None:
    """Return the account of a member of the roster; a deleted one counts for nothing."""
    return session.scalar(
        select(StaffRole.account_id).where(
            StaffRole.school_id == school_id,
            StaffRole.member_id == member_id,
            StaffRole.status != RoleStatus.DELETED,
        )
    )


def list_with_accounts(session: Session, school_id: UUID) -> list[tuple[StaffRole, Account]]:
    """Return a school's roles with their accounts by name, deleted ones left out."""
    query = (
        select(StaffRole, Account)
        .join(Account, Account.id == StaffRole.account_id)
        .where(StaffRole.school_id == school_id, StaffRole.status != RoleStatus.DELETED)
        .order_by(StaffRole.display_name, StaffRole.id)
    )
    return [(role, account) for role, account in session.execute(query)]


def list_roles(
    session: Session,
    school_id: UUID,
    status: RoleStatus | None,
    *,
    after: UUID | None,
    limit: int,
) -> list[StaffRole]:
    """Return up to `limit` + 1 roles of a school in order of their id.

    `status`: those of one status; None: all of them, deleted ones too.
    """
    query = (
        select(StaffRole)
        .where(StaffRole.school_id == school_id)
        .order_by(StaffRole.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(StaffRole.id > after)
    if status is not None:
        query = query.where(StaffRole.status == status)
    return list(session.scalars(query))


def get_with_account(
    session: Session, school_id: UUID, account_id: UUID
) -> tuple[StaffRole, Account]:
    """Return what an account is at a school, with the account; raise NotFound."""
    query = (
        select(StaffRole, Account)
        .join(Account, Account.id == StaffRole.account_id)
        .where(
            StaffRole.school_id == school_id,
            StaffRole.account_id == account_id,
        )
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def is_at(session: Session, school_id: UUID, account_id: UUID) -> bool:
    """Return whether an account has a role at a school, a deleted one too."""
    of_account = StaffRole.account_id == account_id
    found = session.scalar(select(StaffRole.id).where(of_account, StaffRole.school_id == school_id))
    return found is not None


def count_schools(session: Session, account_id: UUID) -> int:
    """Return at how many schools an account has a role that is not deleted."""
    count = session.scalar(
        select(func.count()).where(
            StaffRole.account_id == account_id, StaffRole.status != RoleStatus.DELETED
        )
    )
    return count or 0


def get_account(session: Session, school_id: UUID, account_id: UUID) -> Account:
    """Return an account that has a role at a school; raise NotFound."""
    query = select(Account).join(StaffRole, StaffRole.account_id == Account.id)
    account = session.scalar(
        query.where(StaffRole.school_id == school_id, Account.id == account_id)
    )
    if account is None:
        raise NotFound()
    return account


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session with whose it is; `role`, `school`: None until one is chosen.

    `has_factor`: whether its owner has a second factor, proved in this session or not.
    """

    opened: SignedInSession
    account: Account
    role: StaffRole | None
    school: School | None
    has_factor: bool


def find_session(session: Session, digest: bytes) -> OpenSession | None:
    """Return a session with the account, the role and the school it is for."""
    has_factor = select(SecondFactor.id).where(SecondFactor.account_id == Account.id).exists()
    query = (
        select(SignedInSession, Account, StaffRole, School, has_factor)
        .join(Account, Account.id == SignedInSession.account_id)
        .outerjoin(StaffRole, StaffRole.id == SignedInSession.staff_role_id)
        .outerjoin(School, School.id == SignedInSession.school_id)
        .where(SignedInSession.id == digest)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else OpenSession(*row)


def list_sessions(session: Session, account_id: UUID) -> list[SignedInSession]:
    """Return a person's sessions, the one used last first."""
    query = (
        select(SignedInSession)
        .where(SignedInSession.account_id == account_id)
        .order_by(SignedInSession.last_seen_at.desc(), SignedInSession.number)
    )
    return list(session.scalars(query))


def end_sessions_of(session: Session, account_id: UUID, *, but: bytes | None = None) -> None:
    """End every session of a person, wherever it is open; `but`: the one that goes on."""
    statement = delete(SignedInSession).where(SignedInSession.account_id == account_id)
    if but is not None:
        statement = statement.where(SignedInSession.id != but)
    session.execute(statement)


def end_sessions_at(session: Session, school_id: UUID, account_id: UUID) -> None:
    """End a person's sessions at one school, and those that are of none yet."""
    of_person = SignedInSession.account_id == account_id
    there = SignedInSession.school_id == school_id
    session.execute(
        delete(SignedInSession).where(of_person, or_(there, SignedInSession.school_id.is_(None)))
    )


def end_session_by_number(session: Session, account_id: UUID, number: UUID) -> int:
    """End one session of a person; return how many ended."""
    of_person = SignedInSession.account_id == account_id
    result = session.execute(
        delete(SignedInSession).where(of_person, SignedInSession.number == number)
    )
    return rowcount(result)


def end_sessions_but(session: Session, account_id: UUID, number: UUID) -> int:
    """End the sessions of a person but one; return how many ended."""
    of_person = SignedInSession.account_id == account_id
    result = session.execute(
        delete(SignedInSession).where(of_person, SignedInSession.number != number)
    )
    return rowcount(result)


def delete_deleted_roles(session: Session, before: datetime, limit: int) -> int:
    """Delete up to `limit` roles that were deleted before a moment; return how many."""
    gone = (
        select(StaffRole.id)
        .where(StaffRole.status == RoleStatus.DELETED, StaffRole.deleted_at < before)
        .limit(limit)
    )
    result = session.execute(
        delete(StaffRole).where(StaffRole.id.in_(gone)),
        execution_options={"synchronize_session": False},
    )
    return rowcount(result)


def delete_lonely_accounts(session: Session, limit: int) -> int:
    """Delete up to `limit` accounts without any role.

    Return how many. Roles leave only with their school.
    """
    lonely = (
        select(Account.id)
        .where(~select(StaffRole.id).where(StaffRole.account_id == Account.id).exists())
        .limit(limit)
    )
    # A session without a school may still be of one of them.
    for table in (SignedInSession, SecondFactor, RecoveryCode):
        session.execute(
            delete(table).where(table.account_id.in_(lonely)),
            execution_options={"synchronize_session": False},
        )
    result = session.execute(
        delete(Account).where(Account.id.in_(lonely)),
        execution_options={"synchronize_session": False},
    )
    return rowcount(result)
