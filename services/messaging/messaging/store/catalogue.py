"""Categories and templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from messaging.store.models import Category, Template


def list_categories(session: Session, school_id: UUID) -> Sequence[Category]:
    """Return the school's categories in order, those that are used no more among them."""
    return session.scalars(
        select(Category)
        .where(Category.school_id == school_id)
        .order_by(Category.position, Category.id)
    ).all()


def lock_categories(session: Session, school_id: UUID) -> list[Category]:
    """Return the school's categories in order, held as they are now.

    They are held in the order of their ids: two who move categories at once would wait for each
    other for ever.
    """
    statement = select(Category).where(Category.school_id == school_id).order_by(Category.id)
    held = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(held).all()
    return sorted(found, key=lambda category: (category.position, category.id))


def write_category(session: Session, category: Category, values: Mapping[str, Any]) -> bool:
    """Write what a category says; return whether its name was free."""
    try:
        with session.begin_nested():
            for name, value in values.items():
                setattr(category, name, value)
            session.add(category)
    except IntegrityError:
        return False
    return True


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
