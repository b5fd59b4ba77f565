"""Queries about second factors and recovery codes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from common.db import rowcount
from identity.store.models import Account, RecoveryCode, SecondFactor


def list_factors(session: Session, account_id: UUID) -> list[SecondFactor]:
    """Return a person's factors, the first one first."""
    query = (
        select(SecondFactor)
        .where(SecondFactor.account_id == account_id)
        .order_by(SecondFactor.created_at, SecondFactor.id)
    )
    return list(session.scalars(query))


def lock_factors(session: Session, account_id: UUID) -> list[SecondFactor]:
    """Return a person's factors, the account locked.

    Two who use the same code at once stand in line, and so do two who remove the last two.
    """
    session.get(Account, account_id, with_for_update=True)
    query = (
        select(SecondFactor)
        .where(SecondFactor.account_id == account_id)
        .order_by(SecondFactor.created_at, SecondFactor.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def has_factor(session: Session, account_id: UUID) -> bool:
    """Return whether a person has a second factor."""
    found = select(SecondFactor.id).where(SecondFactor.account_id == account_id).limit(1)
    return session.scalar(found) is not None


def accounts_with_factor(session: Session, account_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some accounts that have a second factor."""
    query = select(SecondFactor.account_id).where(SecondFactor.account_id.in_(account_ids))
    return set(session.scalars(query))


def is_registered(session: Session, credential_id: bytes) -> bool:
    """Return whether a passkey is somebody's already."""
    found = select(SecondFactor.id).where(SecondFactor.credential_id == credential_id)
    return session.scalar(found) is not None


def delete_factors(session: Session, account_id: UUID) -> int:
    """Delete a person's factors and recovery codes; return how many factors there were."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    result = session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
    return rowcount(result)


def take_recovery_code(session: Session, account_id: UUID, digest: bytes) -> bool:
    """Use a recovery code up; return whether there was one."""
    of_account = RecoveryCode.account_id == account_id
    result = session.execute(delete(RecoveryCode).where(of_account, RecoveryCode.digest == digest))
    return rowcount(result) == 1


def count_recovery_codes(session: Session, account_id: UUID) -> int:
    """Return how many recovery codes a person has left."""
    count = session.scalar(select(func.count()).where(RecoveryCode.account_id == account_id))
    return count or 0


def replace_recovery_codes(session: Session, account_id: UUID, digests: Iterable[bytes]) -> None:
    """Keep a new set of recovery codes in place of what is left of the old one."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session.add_all(RecoveryCode(digest=digest, account_id=account_id) for digest in digests)
