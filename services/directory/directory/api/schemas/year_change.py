"""The change of the school year, over HTTP."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import validate

from directory.domain.year_change.plan import YearOutcome

STATES = ("none", "draft", "scheduled", "applied")
HAVING = ("open", "clashes", "decided")


def _moment() -> ma.fields.AwareDateTime:
    return ma.fields.AwareDateTime(required=True, format="iso", allow_none=True)


class YearClass(ma.Schema):
    """A class of the next year. `is_open`: children in it still need one of the classes below."""

    id = ma.fields.UUID(required=True)
    path = ma.fields.String(required=True)
    depth = ma.fields.Integer(required=True)
    heads = ma.fields.Integer(required=True)
    is_open = ma.fields.Boolean(required=True)
    clashes = ma.fields.Boolean(required=True)


class YearShown(ma.Schema):
    """A change of the year; the counts are children.

    `refused`: why it did not begin at its moment; `undo_until`: null where nothing can be undone.
    """

    state = ma.fields.String(required=True, validate=validate.OneOf(STATES))
    fiscal_year = ma.fields.Integer(required=True)
    starts_at = _moment()
    refused = ma.fields.String(required=True, allow_none=True)
    applied_at = _moment()
    undo_until = _moment()
    first_message_at = _moment()
    moves = ma.fields.Integer(required=True)
    enters = ma.fields.Integer(required=True)
    graduates = ma.fields.Integer(required=True)
    open = ma.fields.Integer(required=True)
    clashes = ma.fields.Integer(required=True)
    classes = ma.fields.List(ma.fields.Nested(YearClass), required=True)


class YearLinesQuery(ma.Schema):
    """Which children: of one class of the next year, of one outcome, or with something to do."""

    group_id = ma.fields.UUID(load_default=None)
    outcome = ma.fields.String(
        load_default=None, validate=validate.OneOf([each.value for each in YearOutcome])
    )
    having = ma.fields.String(load_default=None, validate=validate.OneOf(HAVING))


class YearLine(ma.Schema):
    member_id = ma.fields.UUID(required=True)
    display_name = ma.fields.String(required=True)
    kana = ma.fields.String(required=True)
    from_class = ma.fields.String(required=True, allow_none=True)
    from_number = ma.fields.Integer(required=True, allow_none=True)
    outcome = ma.fields.String(required=True)
    group_id = ma.fields.UUID(required=True, allow_none=True)
    to_class = ma.fields.String(required=True, allow_none=True)
    number = ma.fields.Integer(required=True, allow_none=True)
    is_decided = ma.fields.Boolean(required=True)
    is_open = ma.fields.Boolean(required=True)
    clashes = ma.fields.Boolean(required=True)


class YearLines(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(YearLine), required=True)


class YearPlaceIn(ma.Schema):
    """A child's place in the next year: a class and a number, or graduation."""

    group_id = ma.fields.UUID(load_default=None, allow_none=True)
    number = ma.fields.Integer(load_default=None, allow_none=True, strict=True)
    graduates = ma.fields.Boolean(load_default=False)


class YearClassIn(ma.Schema):
    parent_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


class YearNumbered(ma.Schema):
    pupils = ma.fields.Integer(required=True)


class YearListsTaken(ma.Schema):
    """What was read of class lists. `unused`: the headings of columns that are not used."""

    pupils = ma.fields.Integer(required=True)
    classes = ma.fields.Integer(required=True)
    sheets = ma.fields.List(ma.fields.String(), required=True)
    unused = ma.fields.List(ma.fields.String(), required=True)


class RehearsedClass(ma.Schema):
    path = ma.fields.String(required=True)
    depth = ma.fields.Integer(required=True)
    heads = ma.fields.Integer(required=True)


class YearTurned(ma.Schema):
    moves = ma.fields.Integer(required=True)
    enters = ma.fields.Integer(required=True)
    graduates = ma.fields.Integer(required=True)
    open = ma.fields.Integer(required=True)


class YearRehearsed(YearTurned):
    """What turning the year would come to; `classes`: whom messages would then reach."""

    classes = ma.fields.List(ma.fields.Nested(RehearsedClass), required=True)


class YearScheduleIn(ma.Schema):
    starts_at = ma.fields.AwareDateTime(required=True, format="iso")
