"""What goes over HTTP."""

from __future__ import annotations

import marshmallow as ma


class PreviewQuery(ma.Schema):
    snapshot_id = ma.fields.UUID(load_default=None)


class PreviewOut(ma.Schema):
    subject = ma.fields.String(required=True)
    sender = ma.fields.String(required=True)
    text = ma.fields.String(required=True, allow_none=True)
    html = ma.fields.String(required=True)
    text_without_link = ma.fields.String(required=True, allow_none=True)
    staff_text = ma.fields.String(required=True, allow_none=True)


class UnsubscribeOut(ma.Schema):
    school_id = ma.fields.UUID(required=True)


class RepliesOut(ma.Schema):
    """Answers to the school's mails within so many days."""

    days = ma.fields.Integer(required=True)
    replies = ma.fields.Integer(required=True)
