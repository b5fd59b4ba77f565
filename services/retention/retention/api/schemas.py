"""What goes over HTTP."""

from __future__ import annotations

import marshmallow as ma


class StepOut(ma.Schema):
    house = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True, allow_none=True)
    answered_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")


class ErasureOut(ma.Schema):
    """One school's end. Days are dates in Japan; `day`: 0 on the contract's last day; `alarm`: none, first, second, hard."""

    school_id = ma.fields.UUID(required=True)
    school_code = ma.fields.String(required=True)
    school_name = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    ended_on = ma.fields.Date(required=True)
    grace_days = ma.fields.Integer(required=True)
    day = ma.fields.Integer(required=True)
    read_only_until = ma.fields.Date(required=True, allow_none=True)
    erases_on = ma.fields.Date(required=True)
    erased_by = ma.fields.Date(required=True)
    gone_by = ma.fields.Date(required=True)
    alarm = ma.fields.String(required=True)
    started_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    erased_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    key_destroyed_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    certified_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    steps = ma.fields.List(ma.fields.Nested(StepOut), required=True)


class ErasurePageOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ErasureOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
