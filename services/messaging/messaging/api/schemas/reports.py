"""How a send stands, and a message as others show it."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate


class Counts(ma.Schema):
    """Heads by state; a child with a confirmation counts as confirmed only."""

    confirmed = fields.Integer()
    delivered = fields.Integer()
    delivering = fields.Integer()
    unreached = fields.Integer()
    cancelled = fields.Integer()


class ClassCounts(ma.Schema):
    class_id = fields.UUID(allow_none=True)
    heads = fields.Integer()
    confirmed = fields.Integer()
    reached = fields.Integer()
    unreached = fields.Integer()


class ProgressBody(ma.Schema):
    """`by_channel`: contact points by the channel's answer, and children who have `nothing` there."""

    state = fields.String()
    heads = fields.Integer()
    counts = fields.Nested(Counts)
    by_channel = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer()))
    by_class = fields.List(fields.Nested(ClassCounts))
    release_at = fields.AwareDateTime(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    completed_at = fields.AwareDateTime(allow_none=True)
    half_seconds = fields.Float(allow_none=True)
    ninety_seconds = fields.Float(allow_none=True)


class RecipientsQuery(ma.Schema):
    state = fields.String(load_default="all", validate=validate.OneOf(["all", "confirmed", "unconfirmed", "unreached"]))
    after = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class ReasonBody(ma.Schema):
    channel = fields.String()
    state = fields.String()
    reason = fields.String(allow_none=True)
    settled_at = fields.AwareDateTime()


class RecipientBody(ma.Schema):
    member_id = fields.UUID()
    class_id = fields.UUID(allow_none=True)
    state = fields.String()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    opened_at = fields.AwareDateTime(allow_none=True)
    reasons = fields.List(fields.Nested(ReasonBody))


class RecipientPage(ma.Schema):
    items = fields.List(fields.Nested(RecipientBody))
    next = fields.UUID(allow_none=True)


class SchoolBody(ma.Schema):
    name = fields.String()
    short_name = fields.String()
    phone = fields.String()
    phone_hours = fields.String(allow_none=True)
    mail_local = fields.String()


class ContentQuery(ma.Schema):
    snapshot_id = fields.UUID(load_default=None)


class ContentBody(ma.Schema):
    """A message as dispatchers render it. `link_key` (base64) signs the personal links of this message; null for people."""

    message_id = fields.UUID()
    school = fields.Nested(SchoolBody)
    kind = fields.String()
    lane = fields.String()
    state = fields.String()
    mark = fields.String(allow_none=True)
    subject = fields.String()
    body = fields.String()
    short_text = fields.String()
    addressing = fields.String(allow_none=True)
    attachments = fields.Integer()
    link_key = fields.String(allow_none=True)
    confirmable = fields.Boolean()
    released_at = fields.AwareDateTime(allow_none=True)


class ReadingBody(ma.Schema):
    """`label`: the audience in words, null where they would name a child. `children`: those for whom this reader's press counts."""

    message_id = fields.UUID()
    school_id = fields.UUID()
    school = fields.Nested(SchoolBody)
    subject = fields.String()
    body = fields.String()
    lane = fields.String()
    sent_at = fields.AwareDateTime()
    label = fields.String(allow_none=True)
    children = fields.List(fields.UUID())
    confirmable = fields.Boolean()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    recalled = fields.Boolean()


class ConfirmationIn(ma.Schema):
    """`guardian_id`: who confirms; a member of staff confirms by its own id."""

    guardian_id = fields.UUID(required=True)


class ConfirmedBody(ma.Schema):
    confirmed_at = fields.AwareDateTime()
    children = fields.List(fields.UUID())
