"""What goes over HTTP."""

from __future__ import annotations

import marshmallow as ma


class PreviewQuery(ma.Schema):
    snapshot_id = ma.fields.UUID(load_default=None)


class PreviewOut(ma.Schema):
    title = ma.fields.String(required=True)
    body = ma.fields.String(required=True)
