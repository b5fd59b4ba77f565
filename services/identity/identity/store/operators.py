"""Queries about operators and their sessions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from common.errors import NotFound
from identity.store.models import Operator, OperatorSession


def find_operator(session: Session, login_index: bytes) -> Operator | None:
    return session.scalar(select(Operator).where(Operator.login_index == login_index))


def lock_operator(session: Session, operator_id: UUID) -> Operator:
    """Return and lock an operator: two who use one code at the same time stand in line.

    Raise NotFound.
    """
    operator = session.get(Operator, operator_id, with_for_update=True)
    if operator is None:
        raise NotFound()
    return operator


def lock_everybody(session: Session) -> set[UUID]:
    """Return the ids of all operators, locked: two who remove each other stand in line."""
    query = select(Operator.id).order_by(Operator.id).with_for_update()
    return set(session.scalars(query))


def list_operators(session: Session) -> Sequence[Operator]:
    return session.scalars(select(Operator).order_by(Operator.created_at, Operator.id)).all()


def find_session(session: Session, digest: bytes) -> tuple[OperatorSession, Operator] | None:
    """Return a session with the operator whose it is."""
    query = select(OperatorSession, Operator).join(
        Operator, Operator.id == OperatorSession.operator_id
    )
    row = session.execute(query.where(OperatorSession.id == digest)).one_or_none()
    return None if row is None else (row[0], row[1])


def end_sessions_of(session: Session, operator_id: UUID) -> None:
    session.execute(delete(OperatorSession).where(OperatorSession.operator_id == operator_id))


def delete_operator(session: Session, operator_id: UUID) -> None:
    """Delete an operator with every open session."""
    end_sessions_of(session, operator_id)
    session.execute(delete(Operator).where(Operator.id == operator_id))
