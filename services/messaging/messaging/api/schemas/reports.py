"""How a send stands, and a message as others show it."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from messaging.api.schemas.catalogue import CategoryOut
from messaging.api.schemas.messages import Counts, MessageOut
from messaging.api.schemas.texts import Line
from messaging.domain.states import ToldHow


class ClassCounts(Counts):
    class_id = fields.UUID(allow_none=True)
    heads = fields.Integer()


class ProgressOut(ma.Schema):
    """A message with its category, and what this person sees of its send.

    `heads`: of what they see; `whole_heads`: of the whole message; of a message that was stopped,
    `stopped_heads`: whose sending was stopped, and `handed_heads`: who had been sent it already,
    whatever they were told since.

    `by_channel`: contact points by the channel's answer, and children who have `nothing` there.
    """

    message = fields.Nested(MessageOut)
    category = fields.Nested(CategoryOut, allow_none=True)
    state = fields.String()
    heads = fields.Integer()
    whole_heads = fields.Integer()
    counts = fields.Nested(Counts)
    by_channel = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer())
    )
    by_class = fields.List(fields.Nested(ClassCounts))
    release_at = fields.AwareDateTime(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    stopped_at = fields.AwareDateTime(allow_none=True)
    stopped_heads = fields.Integer()
    handed_heads = fields.Integer()
    completed_at = fields.AwareDateTime(allow_none=True)
    half_seconds = fields.Float(allow_none=True)
    ninety_seconds = fields.Float(allow_none=True)


class RecipientsQuery(ma.Schema):
    state = fields.String(
        load_default="all",
        validate=validate.OneOf(["all", "confirmed", "told", "unconfirmed", "unreached"]),
    )
    class_id = fields.UUID(load_default=None)
    classless = fields.Boolean(load_default=False)
    after = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class ReasonOut(ma.Schema):
    channel = fields.String()
    state = fields.String()
    reason = fields.String(allow_none=True)
    settled_at = fields.AwareDateTime()


class RecipientOut(ma.Schema):
    member_id = fields.UUID()
    class_id = fields.UUID(allow_none=True)
    state = fields.String()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    opened_at = fields.AwareDateTime(allow_none=True)
    told_at = fields.AwareDateTime(allow_none=True)
    told_how = fields.String(allow_none=True)
    told_by_name = fields.String(allow_none=True)
    reasons = fields.List(fields.Nested(ReasonOut))


class RecipientPage(ma.Schema):
    items = fields.List(fields.Nested(RecipientOut))
    next = fields.UUID(allow_none=True)


class MemberIds(ma.Schema):
    member_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 500))


class ToldIn(MemberIds):
    told_how = fields.String(
        load_default=ToldHow.PHONE.value, validate=validate.OneOf([how.value for how in ToldHow])
    )
    told_by_name = Line(100, required=True)


class ToldChild(ma.Schema):
    """`already`: it was ticked before, by whom is named."""

    member_id = fields.UUID()
    told_at = fields.AwareDateTime()
    told_how = fields.String()
    told_by_name = fields.String()
    already = fields.Boolean()


class ToldList(ma.Schema):
    items = fields.List(fields.Nested(ToldChild))


class TakenBack(ma.Schema):
    children = fields.Integer()


class UnreachedChild(ma.Schema):
    member_id = fields.UUID()
    class_id = fields.UUID(allow_none=True)
    message_ids = fields.List(fields.UUID())


class UnreachedList(ma.Schema):
    items = fields.List(fields.Nested(UnreachedChild))


class SchoolOut(ma.Schema):
    """`kind`: by which it has its words (`common.words`)."""

    kind = fields.String()
    name = fields.String()
    short_name = fields.String()
    phone = fields.String()
    phone_hours = fields.String(allow_none=True)
    mail_local = fields.String()


class ContentQuery(ma.Schema):
    snapshot_id = fields.UUID(load_default=None)


class ContentOut(ma.Schema):
    """A message as dispatchers render it, its blanks filled.

    `addressing`: the audience as every family of it may read it, null where that would name a child
    or tell of an exclusion. `names_people`: people were chosen one by one, so the text may speak of
    one child. `link_key` (base64) signs the personal links of this message; null for people.
    """

    message_id = fields.UUID()
    school = fields.Nested(SchoolOut)
    kind = fields.String()
    lane = fields.String()
    state = fields.String()
    mark = fields.String(allow_none=True)
    subject = fields.String()
    body = fields.String()
    short_text = fields.String()
    addressing = fields.String(allow_none=True)
    names_people = fields.Boolean()
    pupil_heads = fields.Integer()
    staff_heads = fields.Integer()
    link_key = fields.String(allow_none=True)
    confirmable = fields.Boolean()
    released_at = fields.AwareDateTime(allow_none=True)


class ReadChild(ma.Schema):
    """A child as it was when the message was sent; null where nobody has asked yet."""

    display_name = fields.String(required=True, allow_none=True)
    class_name = fields.String(required=True, allow_none=True)


class ShownCategory(ma.Schema):
    name = fields.String(required=True)
    mark = fields.String(required=True)
    colour = fields.String(required=True)


class ReadingOut(ma.Schema):
    """`version`: of the content, which never changes. `label`: the audience in words, null where
    they would name a child. `children`: those for whom this reader's press counts; none where the
    reader may no longer read of any.

    `is_staff`: a member of staff reads for themselves.
    """

    message_id = fields.UUID()
    school_id = fields.UUID()
    school = fields.Nested(SchoolOut)
    subject = fields.String()
    body = fields.String()
    lane = fields.String()
    version = fields.Integer()
    sent_at = fields.AwareDateTime()
    label = fields.String(allow_none=True)
    children = fields.List(fields.Nested(ReadChild))
    confirmable = fields.Boolean()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    is_staff = fields.Boolean()
    category = fields.Nested(ShownCategory, allow_none=True)


class ConfirmationIn(ma.Schema):
    """`guardian_id`: who confirms; a member of staff confirms by its own id. `contact_point_id`:
    where the button was pressed.
    """

    guardian_id = fields.UUID(required=True)
    contact_point_id = fields.UUID(load_default=None, allow_none=True)


class ConfirmedOut(ma.Schema):
    confirmed_at = fields.AwareDateTime()
    children = fields.List(fields.UUID())
