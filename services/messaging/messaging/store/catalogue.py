"""Categories and templates."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from messaging.store.models import Category, Template


def list_categories(session: Session, school_id: UUID) -> Sequence[Category]:
    return session.scalars(
        select(Category).where(Category.school_id == school_id).order_by(Category.position)
    ).all()


def find_category(session: Session, school_id: UUID, category_id: UUID) -> Category | None:
    return session.scalar(
        select(Category).where(Category.school_id == school_id, Category.id == category_id)
    )


def list_templates(session: Session, school_id: UUID) -> Sequence[Template]:
    """Return the supplied templates and the school's own, in order."""
    mine = or_(Template.school_id.is_(None), Template.school_id == school_id)
    return session.scalars(
        select(Template).where(mine).order_by(Template.position, Template.key)
    ).all()


def list_supplied(session: Session) -> Sequence[Template]:
    return session.scalars(
        select(Template).where(Template.school_id.is_(None)).order_by(Template.position)
    ).all()
