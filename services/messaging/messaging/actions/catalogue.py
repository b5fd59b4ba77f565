"""Set up the supplied templates (MSG-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from messaging.store import catalogue
from messaging.store.models import Template


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


list_templates = catalogue.list_templates
