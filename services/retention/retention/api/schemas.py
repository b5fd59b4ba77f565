"""What goes over HTTP."""

from __future__ import annotations

from datetime import date

import marshmallow as ma


class StepOut(ma.Schema):
    house = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    counts = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Integer(), required=True, allow_none=True
    )
    answered_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")


class CalendarQuery(ma.Schema):
    """An end of a contract as it might be, within what the calendar of a computer can count."""

    ended_on = ma.fields.Date(
        required=True, validate=ma.validate.Range(date(2000, 1, 1), date(2999, 12, 31))
    )
    grace_days = ma.fields.Integer(required=True, validate=ma.validate.Range(-1000, 1000))


class CalendarOut(ma.Schema):
    """The days of a contract's end, as dates in Japan. An alarm sounds on its day unless all is
    erased by then.
    """

    ended_on = ma.fields.Date(required=True)
    grace_days = ma.fields.Integer(required=True)
    read_only_until = ma.fields.Date(required=True, allow_none=True)
    erases_on = ma.fields.Date(required=True)
    first_alarm_on = ma.fields.Date(required=True)
    second_alarm_on = ma.fields.Date(required=True)
    hard_alarm_on = ma.fields.Date(required=True)
    erased_by = ma.fields.Date(required=True)
    backups_leave_on = ma.fields.Date(required=True)
    gone_by = ma.fields.Date(required=True)


class ErasureOut(CalendarOut):
    """One school's end. `day`: 0 on the contract's last day; `alarm`: none, first, second, hard."""

    school_id = ma.fields.UUID(required=True)
    school_code = ma.fields.String(required=True)
    school_name = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    day = ma.fields.Integer(required=True)
    alarm = ma.fields.String(required=True)
    started_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    erased_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    key_destroyed_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    certified_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    handed_over_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    steps = ma.fields.List(ma.fields.Nested(StepOut), required=True)


class ErasurePageOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ErasureOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
