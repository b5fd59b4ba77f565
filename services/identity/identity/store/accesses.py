"""Queries about operators' accesses to the data of schools."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.errors import NotFound
from identity.store.models import Operator, OperatorAccess

# Of one school: what an operator looks through to see who was there before.
MOST_SHOWN = 50


def lock_access(
    session: Session, school_id: UUID, operator_id: UUID, access_id: UUID
) -> OperatorAccess:
    """Return and lock an operator's own access to a school; raise NotFound."""
    query = select(OperatorAccess).where(
        OperatorAccess.id == access_id,
        OperatorAccess.school_id == school_id,
        OperatorAccess.operator_id == operator_id,
    )
    access = session.scalar(query.with_for_update())
    if access is None:
        raise NotFound()
    return access


def find_open(
    session: Session, school_id: UUID, operator_id: UUID, now: datetime
) -> OperatorAccess | None:
    """Return the access by which an operator may look at a school now."""
    query = select(OperatorAccess).where(
        OperatorAccess.school_id == school_id,
        OperatorAccess.operator_id == operator_id,
        OperatorAccess.ended_at.is_(None),
        OperatorAccess.ends_at > now,
    )
    return session.scalars(query).first()


def list_accesses(session: Session, school_id: UUID) -> list[tuple[OperatorAccess, str | None]]:
    """Return the newest accesses to a school, each with its operator's name.

    None for an operator who has left.
    """
    query = (
        select(OperatorAccess, Operator.display_name)
        .outerjoin(Operator, Operator.id == OperatorAccess.operator_id)
        .where(OperatorAccess.school_id == school_id)
        .order_by(OperatorAccess.begun_at.desc(), OperatorAccess.id)
        .limit(MOST_SHOWN)
    )
    return [(access, name) for access, name in session.execute(query)]


def lock_due(session: Session, now: datetime) -> Sequence[OperatorAccess]:
    """Return and lock the accesses whose time is over and whose end nobody has written down."""
    query = select(OperatorAccess).where(
        OperatorAccess.ended_at.is_(None), OperatorAccess.ends_at <= now
    )
    return session.scalars(query.with_for_update(skip_locked=True)).all()


def lock_open_of(session: Session, operator_id: UUID) -> Sequence[OperatorAccess]:
    """Return and lock the accesses of an operator, of all schools, that have not ended."""
    query = select(OperatorAccess).where(
        OperatorAccess.operator_id == operator_id, OperatorAccess.ended_at.is_(None)
    )
    return session.scalars(query.with_for_update()).all()


def find_reasons(
    session: Session, school_id: UUID, access_ids: Collection[UUID | None]
) -> dict[UUID | None, str]:
    """Return access → the reason that its operator wrote."""
    query = select(OperatorAccess.id, OperatorAccess.reason).where(
        OperatorAccess.school_id == school_id, OperatorAccess.id.in_(access_ids)
    )
    return dict(session.execute(query).all())
