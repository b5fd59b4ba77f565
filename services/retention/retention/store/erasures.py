"""Queries about erasures and their steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from common.errors import NotFound
from retention.domain.words import NOT_BEGUN, UNDER_WAY, ErasureState
from retention.store.models import Erasure, ErasureStep


def get_erasure(session: Session, school_id: UUID) -> Erasure:
    """Return the erasure of a school; raise NotFound."""
    erasure = session.get(Erasure, school_id)
    if erasure is None:
        raise NotFound("erasure_not_found", "This school's contract has not ended.")
    return erasure


def find_erasure(session: Session, school_id: UUID) -> Erasure | None:
    """Return the erasure of a school."""
    return session.get(Erasure, school_id)


def find_locked(session: Session, school_id: UUID) -> Erasure | None:
    """Return and lock the erasure of a school."""
    return session.get(Erasure, school_id, with_for_update=True)


def list_erasures(
    session: Session, *, after: tuple[date, UUID] | None, limit: int
) -> list[Erasure]:
    """Return up to `limit` + 1 erasures, the newest end of a contract first, after a place in that
    order.
    """
    query = select(Erasure).order_by(Erasure.ended_on.desc(), Erasure.school_id).limit(limit + 1)
    if after is not None:
        day, school_id = after
        query = query.where(
            or_(
                Erasure.ended_on < day,
                and_(
                    Erasure.ended_on == day,
                    Erasure.school_id > school_id,
                ),
            )
        )
    return list(session.scalars(query))


def list_steps(session: Session, school_ids: Iterable[UUID]) -> dict[UUID, list[ErasureStep]]:
    """Return the steps of each school by house."""
    steps: dict[UUID, list[ErasureStep]] = {school_id: [] for school_id in school_ids}
    query = select(ErasureStep).where(ErasureStep.school_id.in_(steps)).order_by(ErasureStep.house)
    for step in session.scalars(query):
        steps[step.school_id].append(step)
    return steps


def lock_not_begun(session: Session) -> Sequence[Erasure]:
    """Return and lock the erasures that may be due to begin."""
    return session.scalars(
        select(Erasure).where(Erasure.state.in_(NOT_BEGUN)).with_for_update()
    ).all()


def lock_silent(session: Session, asked_before: datetime) -> Sequence[Erasure]:
    """Return and lock the erasures whose last question was asked before a moment and is not
    answered.
    """
    query = select(Erasure).where(Erasure.state.in_(UNDER_WAY), Erasure.asked_at < asked_before)
    return session.scalars(query.with_for_update()).all()


def lock_certified(session: Session, asked_before: datetime) -> Sequence[Erasure]:
    """Return and lock the erasures certified before a moment whose houses were not asked to look
    once more.
    """
    query = select(Erasure).where(
        Erasure.state == ErasureState.CERTIFIED, Erasure.asked_at < asked_before
    )
    return session.scalars(query.with_for_update()).all()


def lock_not_over(session: Session) -> Sequence[Erasure]:
    """Return and lock every erasure that is not certified."""
    return session.scalars(
        select(Erasure).where(Erasure.state != ErasureState.CERTIFIED).with_for_update()
    ).all()
