"""What goes over HTTP."""

from __future__ import annotations

import marshmallow as ma


class AccountIn(ma.Schema):
    name = ma.fields.String(required=True, validate=ma.validate.Length(1, 100))
    channel_secret = ma.fields.String(
        required=True, load_only=True, validate=ma.validate.Length(1, 200)
    )
    access_token = ma.fields.String(
        required=True, load_only=True, validate=ma.validate.Length(1, 500)
    )


class AccountOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    created_at = ma.fields.AwareDateTime(required=True)


class PublicAccountOut(ma.Schema):
    """`friend_url` adds it as a friend; `dialog_url` takes LINE's token and our nonce."""

    name = ma.fields.String(required=True)
    friend_url = ma.fields.String(required=True)
    dialog_url = ma.fields.String(required=True)


class AccountSchoolIn(ma.Schema):
    account_id = ma.fields.UUID(required=True)


class AccountSchoolOut(ma.Schema):
    school_id = ma.fields.UUID(required=True)
    account_id = ma.fields.UUID(required=True)


class QuotaOut(ma.Schema):
    """`limit` and `left` are null for an account without a limit."""

    limit = ma.fields.Integer(required=True, allow_none=True)
    used = ma.fields.Integer(required=True)
    left = ma.fields.Integer(required=True, allow_none=True)


class PreviewQuery(ma.Schema):
    snapshot_id = ma.fields.UUID(load_default=None)


class PreviewOut(ma.Schema):
    alt_text = ma.fields.String(required=True)
    school = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    text = ma.fields.String(required=True)
    buttons = ma.fields.List(ma.fields.String(), required=True)


class WebhookOut(ma.Schema):
    new = ma.fields.Integer(required=True)
