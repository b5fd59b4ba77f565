"""Drafts, messages and the send button."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from common.web.paging import PageQuery
from common.words import Channel, Lane
from messaging.api import door
from messaging.api.schemas.texts import CHANNELS, KINDS, LANES, Line, Text, one_line, storable
from messaging.domain.audience import MAX_IDS
from messaging.domain.states import MessageKind, MessageState
from messaging.domain.texts import BODY_LIMIT, SHORT_LIMIT, SUBJECT_LIMIT
from messaging.store.models import Message

STATES = [*(state.value for state in MessageState), "sent", "deleted"]


class Audience(ma.Schema):
    """Whom a draft is for, as chosen on screen; frozen by a snapshot at the release."""

    group_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MAX_IDS))
    member_ids = fields.List(
        fields.UUID(), load_default=list, validate=validate.Length(max=MAX_IDS)
    )
    excluded_member_ids = fields.List(
        fields.UUID(), load_default=list, validate=validate.Length(max=MAX_IDS)
    )

    @ma.post_load
    def as_text(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: [str(value) for value in values] for name, values in data.items()}


class BlankIn(ma.Schema):
    """A blank of the template as it stands in the texts, and what goes there; empty while it is
    open.
    """

    text = Line(200, required=True)
    value = Line(200, load_default="")


def _blanks(**options: Any) -> fields.List:
    return fields.List(fields.Nested(BlankIn), validate=validate.Length(max=100), **options)


def _brackets(**options: Any) -> fields.List:
    return fields.List(Line(BODY_LIMIT), validate=validate.Length(max=100), **options)


class Draft(ma.Schema):
    """A new draft. `id`: chosen by the form, so that what it saves twice is one draft."""

    id = fields.UUID(load_default=None)
    kind = fields.String(load_default=MessageKind.NOTICE.value, validate=KINDS)
    lane = fields.String(load_default=Lane.NORMAL.value, validate=LANES)
    subject = Line(SUBJECT_LIMIT, load_default="")
    body = Text(BODY_LIMIT, load_default="")
    short_text = Line(SHORT_LIMIT, load_default="")
    category_id = fields.UUID(load_default=None, allow_none=True)
    audience = fields.Nested(
        Audience,
        load_default=lambda: {"group_ids": [], "member_ids": [], "excluded_member_ids": []},
    )
    confirmable = fields.Boolean(load_default=True)
    open_to_staff = fields.Boolean(load_default=False)
    template_id = fields.UUID(load_default=None, allow_none=True)
    blanks = _blanks(load_default=list)
    kept_brackets = _brackets(load_default=list)
    created_by_name = Line(100, load_default="")


class DraftChange(ma.Schema):
    """What was typed since. `version`: of the draft that it was typed into. `without_channels`:
    what this message leaves out.
    """

    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    lane = fields.String(validate=LANES)
    subject = Line(SUBJECT_LIMIT)
    body = Text(BODY_LIMIT)
    short_text = Line(SHORT_LIMIT)
    category_id = fields.UUID(allow_none=True)
    audience = fields.Nested(Audience)
    confirmable = fields.Boolean()
    open_to_staff = fields.Boolean()
    template_id = fields.UUID(allow_none=True)
    blanks = _blanks()
    kept_brackets = _brackets()
    without_channels = fields.List(
        fields.String(validate=CHANNELS), validate=validate.Length(max=len(Channel))
    )


def _text(name: str) -> fields.Function:
    """Return a field for a text as it stands: of a draft with its blanks, afterwards with what
    fills them.
    """

    def read(message: Any) -> str:
        shown = message if isinstance(message, dict) else _as_it_stands(message)
        text: str = shown[name]
        return text

    return fields.Function(read, metadata={"type": "string"})


def _as_it_stands(message: Message) -> dict[str, str]:
    texts = message if message.state == MessageState.DRAFT else message.texts
    return {"subject": texts.subject, "body": texts.body, "short_text": texts.short_text}


class MessageSummary(ma.Schema):
    id = fields.UUID()
    kind = fields.String()
    state = fields.String()
    lane = fields.String()
    subject = _text("subject")
    category_id = fields.UUID(allow_none=True)
    confirmable = fields.Boolean()
    open_to_staff = fields.Boolean()
    audience_label = fields.String(allow_none=True)
    heads = fields.Integer(allow_none=True)
    test_of = fields.UUID(allow_none=True)
    created_by = fields.UUID()
    created_by_name = fields.String()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    release_at = fields.AwareDateTime(allow_none=True)
    released_at = fields.AwareDateTime(allow_none=True)
    completed_at = fields.AwareDateTime(allow_none=True)
    stopped_at = fields.AwareDateTime(allow_none=True)
    deleted_at = fields.AwareDateTime(allow_none=True)


class Counts(ma.Schema):
    """Heads: confirmed + delivered + delivering + unreached are all of them.

    `told`: those of the confirmed whom the school told by phone or on paper; `stopped`: those of
    the unreached whose sending was stopped.
    """

    confirmed = fields.Integer()
    told = fields.Integer()
    delivered = fields.Integer()
    delivering = fields.Integer()
    unreached = fields.Integer()
    stopped = fields.Integer()


class ListedMessage(MessageSummary):
    """`opening`: how its body begins. `seen_heads`: how many of its children this person sees, and
    `counts` counts.
    """

    opening = fields.String()
    audience = fields.Nested(Audience)
    seen_heads = fields.Integer()
    counts = fields.Nested(Counts)


class SentMessage(ma.Schema):
    """What an operator may see of a message. `subject`: None where single children are addressed,
    because it may name them.
    """

    id = fields.UUID()
    lane = fields.String()
    state = fields.String()
    subject = fields.String(allow_none=True)
    heads = fields.Integer(allow_none=True)
    release_at = fields.AwareDateTime(allow_none=True)
    released_at = fields.AwareDateTime(allow_none=True)
    completed_at = fields.AwareDateTime(allow_none=True)
    stopped_at = fields.AwareDateTime(allow_none=True)
    counts = fields.Nested(Counts)


class SentMessagePage(ma.Schema):
    items = fields.List(fields.Nested(SentMessage))
    next = fields.String(allow_none=True)


class MessageIds(ma.Schema):
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 500))


class NamedMessage(ma.Schema):
    id = fields.UUID()
    subject = fields.Function(lambda message: message.texts.subject, metadata={"type": "string"})
    kind = fields.String()
    state = fields.String()


class NamedMessages(ma.Schema):
    items = fields.List(fields.Nested(NamedMessage))


class ReceivedQuery(PageQuery):
    member_id = fields.UUID(required=True)


class ReceivedMessage(ma.Schema):
    """A message as it stands for one person. `state`: of that person, not of the message."""

    id = fields.UUID()
    subject = fields.String()
    lane = fields.String()
    released_at = fields.AwareDateTime()
    state = fields.String()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    told_at = fields.AwareDateTime(allow_none=True)
    told_how = fields.String(allow_none=True)


class ReceivedPage(ma.Schema):
    items = fields.List(fields.Nested(ReceivedMessage))
    next = fields.String(allow_none=True)


def _goes_by(message: Message) -> list[str]:
    """Return by which channels a message goes: a draft by those that run today and that it does not
    leave out.
    """
    if message.state != MessageState.DRAFT:
        return message.channels
    running = door.settings().channels
    return [channel for channel in running if channel not in message.without_channels] or list(
        running
    )


def _left_out(message: Message) -> list[str]:
    """Return the channels that run here and by which this message does not go."""
    goes_by = _goes_by(message)
    return [channel for channel in door.settings().channels if channel not in goes_by]


class MessageOut(MessageSummary):
    body = _text("body")
    short_text = _text("short_text")
    audience = fields.Nested(Audience)
    channels = fields.Function(_goes_by, metadata={"type": "array", "items": {"type": "string"}})
    without_channels = fields.Function(
        _left_out, metadata={"type": "array", "items": {"type": "string"}}
    )
    template_id = fields.UUID(allow_none=True)
    blanks = fields.List(fields.Nested(BlankIn))
    kept_brackets = fields.List(fields.String())
    snapshot_id = fields.UUID(allow_none=True)
    staff_heads = fields.Integer()
    version = fields.Integer()


class MessagesQuery(PageQuery):
    """`state`: one of a message's states, `sent` for all that were pressed to be sent, `deleted`
    for drafts one can bring back. `query`: words of the subject. `since`, `until`: from when to
    before when they were written.
    """

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    mine = fields.Boolean(load_default=False)
    query = fields.String(load_default="", validate=[validate.Length(max=100), storable])
    category_id = fields.UUID(load_default=None)
    since = fields.AwareDateTime(load_default=None)
    until = fields.AwareDateTime(load_default=None)


class MessagePage(ma.Schema):
    items = fields.List(fields.Nested(ListedMessage))
    next = fields.String(allow_none=True)


class UnreachedSummary(ma.Schema):
    """`subject`: of the newest message that did not reach somebody; `others`: how many more."""

    heads = fields.Integer()
    message_id = fields.UUID()
    subject = fields.String()
    others = fields.Integer()


class MessageBoard(ma.Schema):
    """`unreached`: null where everybody was reached."""

    sent = fields.List(fields.Nested(ListedMessage))
    drafts = fields.List(fields.Nested(ListedMessage))
    unreached = fields.Nested(UnreachedSummary, allow_none=True)


class ProblemOut(ma.Schema):
    code = fields.String()
    field = fields.String()
    detail = fields.Raw(metadata={"type": ["string", "integer"]})


class SameRecently(ma.Schema):
    message_id = fields.UUID()
    minutes = fields.Integer()


class ChecksOut(ma.Schema):
    """`blanks`: the template's that are still open; `unsure`: brackets that somebody typed and has
    not said to keep.
    """

    blanks = fields.List(fields.String())
    unsure = fields.List(fields.String())
    problem = fields.Nested(ProblemOut, allow_none=True)
    same_recently = fields.Nested(SameRecently, allow_none=True)


class PressHeaders(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    idempotency_key = fields.String(
        required=True,
        data_key="Idempotency-Key",
        validate=[validate.Length(1, 100), storable, one_line],
    )


class PressIn(ma.Schema):
    """`version`: of the draft on the confirm screen; what was changed since in another window is
    not sent unseen.
    """

    snapshot_id = fields.UUID(required=True)
    version = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 2**31 - 1)
    )


class ReleasedOut(ma.Schema):
    state = fields.String()
    release_at = fields.AwareDateTime(allow_none=True)
    released_at = fields.AwareDateTime(allow_none=True)
    already = fields.Boolean()


class TestSent(ma.Schema):
    message_id = fields.UUID(attribute="id")
