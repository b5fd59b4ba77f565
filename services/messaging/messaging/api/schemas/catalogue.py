"""Categories and templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from common.words import Colour, Lane
from messaging.api.schemas.texts import KINDS, LANES, Line, Text
from messaging.domain.states import MessageKind
from messaging.domain.texts import BODY_LIMIT, SHORT_LIMIT, SUBJECT_LIMIT, find_brackets
from messaging.store.models import Template

COLOURS = validate.OneOf([colour.value for colour in Colour])
NAME_LIMIT = 40
MARK_LIMIT = 2


def _different(name: str) -> Callable[[list[dict[str, Any]]], None]:
    """Return a validator that refuses a list in which two items are called the same."""

    def check(items: list[dict[str, Any]]) -> None:
        counts = Counter(item[name] for item in items)
        twice = {found for found, times in counts.items() if times > 1}
        if not twice:
            return
        names = ", ".join(sorted(twice))
        raise ma.ValidationError(f"Each {name} may stand once: {names} stands more often.")

    return check


class CategoryIn(ma.Schema):
    """`mark`: a letter or two, for who sees no colours."""

    name = Line(NAME_LIMIT, least=1, required=True)
    mark = Line(MARK_LIMIT, least=1, required=True)
    colour = fields.String(required=True, validate=COLOURS)


class CategoryChange(CategoryIn):
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))


class SuppliedCategory(CategoryIn):
    id = fields.UUID(load_default=None, allow_none=True)
    default_button = Line(20, load_default=None, allow_none=True)


class CategoryMove(ma.Schema):
    up = fields.Boolean(required=True)


class CategoryOut(ma.Schema):
    """`retired_at`: since when nobody chooses it any more."""

    id = fields.UUID()
    name = fields.String()
    mark = fields.String()
    colour = fields.String()
    position = fields.Integer()
    default_button = fields.String(allow_none=True)
    version = fields.Integer()
    retired_at = fields.AwareDateTime(allow_none=True)


class Filing(ma.Schema):
    """`instead_of`: the category that was seen at the message before."""

    category_id = fields.UUID(required=True, allow_none=True)
    instead_of = fields.UUID(required=True, allow_none=True)


class CategoriesIn(ma.Schema):
    items = fields.List(
        fields.Nested(SuppliedCategory),
        required=True,
        validate=[validate.Length(max=100), _different("name")],
    )


class CategoryList(ma.Schema):
    items = fields.List(fields.Nested(CategoryOut))


class TemplateIn(ma.Schema):
    key = Line(40, required=True)
    name = Line(100, required=True)
    kind = fields.String(load_default=MessageKind.NOTICE.value, validate=KINDS)
    lane = fields.String(load_default=Lane.NORMAL.value, validate=LANES)
    category_name = Line(40, load_default=None, allow_none=True)
    subject = Line(SUBJECT_LIMIT, required=True)
    body = Text(BODY_LIMIT, required=True)
    short_text = Line(SHORT_LIMIT, load_default="")
    easy_text = Text(BODY_LIMIT, load_default="")
    whole_school = fields.Boolean(load_default=False)
    today_blanks = fields.List(Line(200), load_default=list, validate=validate.Length(max=100))


def _blanks_of(template: Template) -> list[str]:
    return find_brackets((template.subject, template.body, template.short_text))


class TemplateOut(ma.Schema):
    """`blanks`: what is to be filled, each different one once. `today_blanks`: those that are
    filled with the day of writing.
    """

    id = fields.UUID()
    key = fields.String()
    name = fields.String()
    kind = fields.String()
    lane = fields.String()
    category_name = fields.String(allow_none=True)
    subject = fields.String()
    body = fields.String()
    short_text = fields.String()
    easy_text = fields.String()
    whole_school = fields.Boolean()
    today_blanks = fields.List(fields.String())
    blanks = fields.Function(_blanks_of, metadata={"type": "array", "items": {"type": "string"}})
    position = fields.Integer()
    supplied = fields.Function(
        lambda template: template.school_id is None, metadata={"type": "boolean"}
    )


class TemplatesIn(ma.Schema):
    items = fields.List(
        fields.Nested(TemplateIn),
        required=True,
        validate=[validate.Length(max=200), _different("key")],
    )


class TemplateList(ma.Schema):
    items = fields.List(fields.Nested(TemplateOut))
