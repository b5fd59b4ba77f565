"""Messages as families see them, over HTTP."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from messaging.api.schemas.reports import ReadChild, ShownCategory
from messaging.api.schemas.texts import storable

MOST_GUARDIANS = 20
LONGEST_PAGE = 100


class FamilyQuery(ma.Schema):
    """`guardian_id`: once for each guardian of the page."""

    guardian_id = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, MOST_GUARDIANS)
    )


class FamilyMessagesQuery(FamilyQuery):
    """`member_id`: of whom messages are wanted alone; `query`: words of the subject.

    `with_categories`: say, too, which categories there are.
    """

    member_id = fields.UUID(load_default=None)
    after = fields.String(load_default=None, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, LONGEST_PAGE))
    query = fields.String(load_default="", validate=[validate.Length(max=100), storable])
    category_id = fields.UUID(load_default=None)
    with_categories = fields.Boolean(load_default=False)


class FamilyMessage(ma.Schema):
    """`waits`: for a press of this family; `opening`: how the text begins."""

    id = fields.UUID(required=True)
    subject = fields.String(required=True)
    opening = fields.String(required=True)
    lane = fields.String(required=True)
    sent_at = fields.AwareDateTime(required=True)
    children = fields.List(fields.Nested(ReadChild), required=True)
    waits = fields.Boolean(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    category = fields.Nested(ShownCategory, required=True, allow_none=True)


class NamedCategory(ma.Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class FamilyMessagePage(ma.Schema):
    """`categories`: of all that the family was sent; none unless they were asked for."""

    items = fields.List(fields.Nested(FamilyMessage), required=True)
    next = fields.String(required=True, allow_none=True)
    categories = fields.List(fields.Nested(NamedCategory), required=True)
