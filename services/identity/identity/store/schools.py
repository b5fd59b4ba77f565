"""Queries about schools and their contracts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.errors import NotFound
from identity.domain.words import SchoolState
from identity.store.models import Contract, School


def get_school(session: Session, school_id: UUID) -> School:
    """Return a school that is not erased; raise NotFound."""
    school = session.get(School, school_id)
    if school is None or school.state == SchoolState.ERASED:
        raise NotFound()
    return school


def list_schools(session: Session, *, after: str | None, limit: int) -> list[School]:
    """Return up to `limit` + 1 schools in order of their code, after a code."""
    query = select(School).order_by(School.code).limit(limit + 1)
    if after is not None:
        query = query.where(School.code > after)
    return list(session.scalars(query))


def member_limits(session: Session, school_ids: list[UUID]) -> dict[UUID, int]:
    """Return how many members each school's newest contract allows."""
    query = select(Contract).where(Contract.school_id.in_(school_ids)).order_by(Contract.starts_on)
    return {contract.school_id: contract.member_limit for contract in session.scalars(query)}


def code_exists(session: Session, code: str) -> bool:
    return session.scalar(select(School.id).where(School.code == code)) is not None
