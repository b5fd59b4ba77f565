"""Emergency telephone numbers, over HTTP."""

from __future__ import annotations

import marshmallow as ma

from directory.api.schemas.people import MAX_LOOK_UP_IDS, PhoneNumberOut, readable


class PhoneLookUpIn(ma.Schema):
    member_ids = ma.fields.List(
        ma.fields.UUID(), required=True, validate=ma.validate.Length(max=MAX_LOOK_UP_IDS)
    )
    message_id = ma.fields.UUID(load_default=None)


class PhoneNumberIn(ma.Schema):
    label = ma.fields.String(load_default="", validate=[ma.validate.Length(max=100), readable])
    number = ma.fields.String(required=True, validate=[ma.validate.Length(1, 50), readable])


class PhoneNumbersIn(ma.Schema):
    phone_numbers = ma.fields.List(
        ma.fields.Nested(PhoneNumberIn), required=True, validate=ma.validate.Length(max=10)
    )


class CalledGuardian(ma.Schema):
    label = ma.fields.String(required=True)
    name = ma.fields.String(required=True, allow_none=True)
    protected = ma.fields.Boolean(required=True)


class CalledMember(ma.Schema):
    """`phone_numbers` is null where the caller may not see them.

    A protected family, or a class that is not the caller's.
    """

    member_id = ma.fields.UUID(required=True)
    guardians = ma.fields.List(ma.fields.Nested(CalledGuardian), required=True)
    phone_numbers = ma.fields.List(ma.fields.Nested(PhoneNumberOut), required=True, allow_none=True)


class CalledMembers(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(CalledMember), required=True)
