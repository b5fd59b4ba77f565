"""Queries on LINE accounts and the schools that use them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from common.db import rowcount
from dispatch_line.store.models import AccountSchool, LineAccount


def find_account(session: Session, account_id: UUID) -> LineAccount | None:
    """Return an account, or None."""
    return session.get(LineAccount, account_id)


def list_accounts(session: Session) -> Sequence[LineAccount]:
    """Return every account."""
    return session.scalars(select(LineAccount)).all()


def hold_account(session: Session, account_id: UUID) -> bool:
    """Keep an account from being deleted until the end of the transaction.

    Return False when there is none.
    """
    held = (
        select(LineAccount.id)
        .where(LineAccount.id == account_id)
        .with_for_update(read=True, key_share=True)
    )
    return session.scalar(held) is not None


def note_leaving(session: Session, school_id: UUID) -> None:
    """Note with the account of a school that it leaves when the school does, unless others speak
    through it then.
    """
    of_school = select(AccountSchool.account_id).where(AccountSchool.school_id == school_id)
    session.execute(
        update(LineAccount).where(LineAccount.id.in_(of_school)).values(leaves_with=school_id)
    )


def lock_leaving(session: Session, school_id: UUID) -> Sequence[UUID]:
    """Return the account that leaves with a school, if no other speaks through it, locked: nothing
    more is stored for it.
    """
    linked = select(AccountSchool.school_id).where(AccountSchool.account_id == LineAccount.id)
    leaving = select(LineAccount.id).where(~linked.exists(), LineAccount.leaves_with == school_id)
    return session.scalars(leaving.with_for_update()).all()


def forget_leaving(session: Session, school_id: UUID) -> None:
    """Take a school's id off the account that stays with others."""
    session.execute(
        update(LineAccount).where(LineAccount.leaves_with == school_id).values(leaves_with=None)
    )


def delete_accounts(session: Session, account_ids: Sequence[UUID]) -> int:
    """Delete accounts with their secrets; return how many."""
    result = session.execute(delete(LineAccount).where(LineAccount.id.in_(account_ids)))
    return rowcount(result)


def find_account_of(session: Session, school_id: UUID) -> UUID | None:
    """Return the account that a school speaks through, or None."""
    return session.scalar(
        select(AccountSchool.account_id).where(AccountSchool.school_id == school_id)
    )


def find_link(session: Session, school_id: UUID) -> AccountSchool | None:
    """Return a school's link to its account, for a change."""
    return session.get(AccountSchool, school_id, with_for_update=True)


def list_schools(session: Session, account_id: UUID) -> Sequence[UUID]:
    """Return the schools that speak through an account, in a fixed order."""
    of_account = select(AccountSchool.school_id).where(AccountSchool.account_id == account_id)
    return session.scalars(of_account.order_by(AccountSchool.school_id)).all()
