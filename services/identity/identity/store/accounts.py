"""Queries about accounts, roles and sessions."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from common.db import rowcount
from common.errors import NotFound
from identity.domain.words import OPEN_STATES, Role, RoleStatus, SchoolState
from identity.store.models import Account, School, SignedInSession, StaffRole


def find_account(session: Session, login_index: bytes) -> Account | None:
    return session.scalar(select(Account).where(Account.login_index == login_index))


def find_open_role(session: Session, account_id: UUID) -> StaffRole | None:
    """Return the first role by which an account may sign in.

    Active, at a school in use, else at one that is read-only.
    """
    query = (
        select(StaffRole)
        .join(School, School.id == StaffRole.school_id)
        .where(
            StaffRole.account_id == account_id,
            StaffRole.status == RoleStatus.ACTIVE,
            School.state.in_(OPEN_STATES),
        )
        # By its word: "active" comes before "ended".
        .order_by(School.state, StaffRole.created_at, StaffRole.id)
        .limit(1)
    )
    return session.scalar(query)


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


def get_role(session: Session, school_id: UUID, account_id: UUID) -> StaffRole:
    """Return and lock what an account is at a school; raise NotFound."""
    query = select(StaffRole).where(
        StaffRole.school_id == school_id, StaffRole.account_id == account_id
    )
    role = session.scalar(query.with_for_update())
    if role is None:
        raise NotFound()
    return role


def lock_administrators(session: Session, school_id: UUID) -> set[UUID]:
    """Return the ids of a school's active administrators' roles, locked.

    Two who demote each other stand in line.
    """
    query = (
        select(StaffRole.id)
        .where(
            StaffRole.school_id == school_id,
            StaffRole.role == Role.ADMINISTRATOR,
            StaffRole.status == RoleStatus.ACTIVE,
        )
        .order_by(StaffRole.id)
        .with_for_update()
    )
    return set(session.scalars(query))


def list_roles(
    session: Session, school_id: UUID, *, after: UUID | None, limit: int
) -> list[StaffRole]:
    """Return up to `limit` + 1 roles of a school in order of their id."""
    query = (
        select(StaffRole)
        .where(StaffRole.school_id == school_id)
        .order_by(StaffRole.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(StaffRole.id > after)
    return list(session.scalars(query))


def get_login_mail(session: Session, school_id: UUID, account_id: UUID) -> bytes:
    """Return the sealed login address of an account that has a role at a school; raise NotFound."""
    query = select(Account.login_mail).join(StaffRole, StaffRole.account_id == Account.id)
    sealed = session.scalar(query.where(StaffRole.school_id == school_id, Account.id == account_id))
    if sealed is None:
        raise NotFound()
    return sealed


def find_session(
    session: Session, digest: bytes
) -> tuple[SignedInSession, StaffRole, School] | None:
    """Return a session with the role and the school it is for."""
    query = (
        select(SignedInSession, StaffRole, School)
        .join(StaffRole, StaffRole.id == SignedInSession.staff_role_id)
        .join(School, School.id == SignedInSession.school_id)
        .where(SignedInSession.id == digest)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def end_sessions_of(session: Session, account_id: UUID) -> None:
    """End every session of a person, wherever it is open."""
    session.execute(delete(SignedInSession).where(SignedInSession.account_id == account_id))


def delete_lonely_accounts(session: Session, limit: int) -> int:
    """Delete up to `limit` accounts without any role.

    Return how many. Roles leave only with their school.
    """
    lonely = (
        select(Account.id)
        .where(~select(StaffRole.id).where(StaffRole.account_id == Account.id).exists())
        .limit(limit)
    )
    result = session.execute(
        delete(Account).where(Account.id.in_(lonely)),
        execution_options={"synchronize_session": False},
    )
    return rowcount(result)
