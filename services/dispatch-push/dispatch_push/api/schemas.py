"""What goes over HTTP."""

from __future__ import annotations

import marshmallow as ma


class PreviewQuery(ma.Schema):
    snapshot_id = ma.fields.UUID(load_default=None)


class PreviewOut(ma.Schema):
    title = ma.fields.String(required=True)
    body = ma.fields.String(required=True)


class WebPushOut(ma.Schema):
    """`public_key`: by which browsers subscribe; null where the operator has made none."""

    public_key = ma.fields.String(required=True, allow_none=True)
