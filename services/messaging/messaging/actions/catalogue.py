"""Set up categories and the supplied templates (MSG-3, MSG-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from messaging.store import catalogue
from messaging.store.models import Category, Template


def put_categories(
    session: Session, school_id: UUID, items: Sequence[dict[str, Any]]
) -> Sequence[Category]:
    """Make the school's list of categories this one, known again by their names.

    Messages of one that goes lose it.
    """
    known = {category.name: category for category in catalogue.list_categories(session, school_id)}
    for position, item in enumerate(items):
        category = known.pop(item["name"], None)
        if category is None:
            category = Category(
                id=item.get("id") or uuid4(), school_id=school_id, name=item["name"]
            )
            session.add(category)
        category.mark, category.colour, category.default_button = (
            item["mark"],
            item["colour"],
            item["default_button"],
        )
        category.position = position
    if known:
        gone = [category.id for category in known.values()]
        session.execute(
            delete(Category).where(Category.school_id == school_id, Category.id.in_(gone))
        )
    session.flush()
    return catalogue.list_categories(session, school_id)


def put_supplied_templates(session: Session, items: Sequence[dict[str, Any]]) -> Sequence[Template]:
    """Make the templates that come with the product these, known again by their keys."""
    known = {template.key: template for template in catalogue.list_supplied(session)}
    for position, item in enumerate(items):
        template = known.pop(item["key"], None)
        if template is None:
            template = Template(id=uuid4(), school_id=None)
            session.add(template)
        for name, value in item.items():
            setattr(template, name, value)
        template.position = position
    for template in known.values():
        session.delete(template)
    session.flush()
    return catalogue.list_supplied(session)


list_categories = catalogue.list_categories
list_templates = catalogue.list_templates
