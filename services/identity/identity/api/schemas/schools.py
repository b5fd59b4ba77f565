"""Schools, their contracts, and whom the operator reaches about them."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import Length, Range

from identity.api.schemas.fields import LONGEST_PASSWORD, MAIL
from identity.domain.contracts import USUAL_GRACE_DAYS
from identity.domain.words import SchoolKind


class SchoolOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    short_name = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    phone_hours = ma.fields.String(required=True)
    mail_local = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    undo_seconds = ma.fields.Integer(required=True)
    urgent_undo_seconds = ma.fields.Integer(required=True)
    pupil_word = ma.fields.String(required=True)
    member_limit = ma.fields.Integer(required=True)


class ContactIn(ma.Schema):
    name = ma.fields.String(required=True, validate=Length(1, 100))
    post = ma.fields.String(load_default="", validate=Length(max=100))
    mail = ma.fields.String(load_default="", validate=Length(max=320))
    phone = ma.fields.String(load_default="", validate=Length(max=20))


class ContractIn(ma.Schema):
    starts_on = ma.fields.Date(required=True)
    contacts = ma.fields.List(
        ma.fields.Nested(ContactIn), load_default=list, validate=Length(max=10)
    )


class AdministratorIn(ma.Schema):
    mail = ma.fields.String(required=True, validate=[Length(max=320), MAIL])
    display_name = ma.fields.String(required=True, validate=Length(1, 100))
    post = ma.fields.String(load_default="", validate=Length(max=100))
    password = ma.fields.String(
        load_default=None, allow_none=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )


class SchoolIn(ma.Schema):
    id = ma.fields.UUID()
    code = ma.fields.String()
    kind = ma.fields.Enum(SchoolKind, by_value=True, required=True)
    name = ma.fields.String(required=True, validate=Length(1, 200))
    short_name = ma.fields.String(required=True, validate=Length(1, 40))
    phone = ma.fields.String(required=True, validate=Length(max=20))
    phone_hours = ma.fields.String(load_default="", validate=Length(max=100))
    mail_local = ma.fields.String(required=True)
    member_limit = ma.fields.Integer(required=True, validate=Range(1, 100_000))
    contract = ma.fields.Nested(ContractIn, required=True)
    administrator = ma.fields.Nested(AdministratorIn, required=True)


class CreatedSchoolOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    administrator_password = ma.fields.String(
        metadata={"description": "temporary, when none was supplied"}
    )
    administrator_password_until = ma.fields.AwareDateTime(format="iso")


class SchoolSettingsIn(ma.Schema):
    """What an administrator may set; `changed_at`: of the settings that they looked at."""

    changed_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    name = ma.fields.String(validate=Length(1, 200))
    short_name = ma.fields.String(validate=Length(1, 8))
    phone = ma.fields.String(validate=Length(max=20))
    phone_hours = ma.fields.String(validate=Length(max=100))
    pupil_word = ma.fields.String(validate=Length(max=10))
    undo_seconds = ma.fields.Integer(validate=Range(0, 120))
    urgent_undo_seconds = ma.fields.Integer(validate=Range(0, 120))
    password_length = ma.fields.Integer(validate=Range(12, 64))
    temporary_days = ma.fields.Integer(validate=Range(1, 30))
    idle_minutes = ma.fields.Integer(validate=Range(10, 120))
    session_hours = ma.fields.Integer(validate=Range(1, 12))
    own_messages_only = ma.fields.Boolean()
    alarm_records = ma.fields.Integer(validate=Range(10, 10_000))
    networks = ma.fields.List(ma.fields.String(validate=Length(1, 50)), validate=Length(max=20))


class SchoolSettingsOut(ma.Schema):
    changed_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    name = ma.fields.String(required=True)
    short_name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    phone_hours = ma.fields.String(required=True)
    pupil_word = ma.fields.String(required=True)
    undo_seconds = ma.fields.Integer(required=True)
    urgent_undo_seconds = ma.fields.Integer(required=True)
    password_length = ma.fields.Integer(required=True)
    temporary_days = ma.fields.Integer(required=True)
    idle_minutes = ma.fields.Integer(required=True)
    session_hours = ma.fields.Integer(required=True)
    own_messages_only = ma.fields.Boolean(required=True)
    alarm_records = ma.fields.Integer(required=True)
    networks = ma.fields.List(ma.fields.String(), required=True)


class EndIn(ma.Schema):
    ended_on = ma.fields.Date(
        required=True, metadata={"description": "the contract's last day, in Japan"}
    )
    grace_days = ma.fields.Integer(load_default=USUAL_GRACE_DAYS)
    name_typed = ma.fields.String(load_default=None, allow_none=True, validate=Length(max=200))


class EndedSchoolOut(ma.Schema):
    id = ma.fields.UUID(required=True)
    state = ma.fields.String(required=True)


class ContractOut(ma.Schema):
    starts_on = ma.fields.Date(required=True)
    ends_on = ma.fields.Date(required=True, allow_none=True)
    member_limit = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True)


class SchoolOfOperatorOut(SchoolOut):
    """A school with its newest contract and how many people it names for it.

    There is no contract once it is erased.
    """

    contract = ma.fields.Nested(ContractOut, required=True, allow_none=True)
    contacts = ma.fields.Integer(required=True)


class ListedSchoolOut(SchoolOut):
    ends_on = ma.fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "the contract's last day, once it is set"},
    )


class SchoolPageOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedSchoolOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
