"""Queries about the reviews of a school's accounts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.errors import NotFound
from identity.store.models import AccountReview


def add_review(session: Session, review: AccountReview) -> None:
    session.add(review)
    session.flush()


def list_reviews(session: Session, school_id: UUID, limit: int) -> list[AccountReview]:
    """Return a school's newest reviews, the newest first."""
    query = (
        select(AccountReview)
        .where(AccountReview.school_id == school_id)
        .order_by(AccountReview.reviewed_at.desc(), AccountReview.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def get_review(session: Session, school_id: UUID, review_id: UUID) -> AccountReview:
    """Return a review of a school; raise NotFound."""
    review = session.get(AccountReview, review_id)
    if review is None or review.school_id != school_id:
        raise NotFound()
    return review
