"""Schools, their contracts, and whom the operator reaches about them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from common.web.paging import PageQuery
from common.words import GuardianNames
from identity.api.schemas.fields import (
    LONGEST_PASSWORD,
    MAIL,
    Day,
    Line,
    Number,
    is_spelled_by,
    passes,
)
from identity.domain import schools
from identity.domain.contracts import USUAL_GRACE_DAYS
from identity.domain.particulars import written_phone, written_postal_code
from identity.domain.words import FactorFor, SchoolKind, SignInBy

PHONE = is_spelled_by(written_phone, "not_a_phone")
POSTAL_CODE = is_spelled_by(written_postal_code, "not_a_postal_code")
MOST_CONTACTS = 10


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
    guardian_names = ma.fields.String(required=True)
    member_limit = ma.fields.Integer(required=True)


class ContactIn(ma.Schema):
    name = Line(100, least=1, required=True)
    post = Line(100, load_default="")
    postal_code = Line(20, POSTAL_CODE, load_default="")
    address = Line(300, load_default="")
    mail = Line(320, MAIL, load_default="")
    phone = Line(20, PHONE, load_default="")

    @ma.post_load
    def spell(self, given: dict[str, str], **_: Any) -> dict[str, str]:
        stripped = {name: text.strip() for name, text in given.items()}
        return {
            **stripped,
            "postal_code": written_postal_code(given["postal_code"]),
            "phone": written_phone(given["phone"]),
        }


class ContractIn(ma.Schema):
    """`reseller`: through whom the school came. `individual_agreement`: whether more is agreed than
    the terms of use say; `agreement_number`: by which number.
    """

    starts_on = Day(required=True)
    reseller = Line(100, load_default="")
    individual_agreement = ma.fields.Boolean(load_default=False)
    agreement_number = Line(50, load_default="")
    contacts = ma.fields.List(
        ma.fields.Nested(ContactIn), load_default=list, validate=Length(max=MOST_CONTACTS)
    )


class AdministratorIn(ma.Schema):
    mail = Line(320, MAIL, least=1, required=True)
    display_name = Line(100, least=1, required=True)
    post = Line(100, load_default="")
    password = ma.fields.String(
        load_default=None, allow_none=True, validate=Length(max=LONGEST_PASSWORD), load_only=True
    )


class ParticularsIn(ma.Schema):
    """What an operator keeps of a school and its contract."""

    name = Line(200, least=1, required=True)
    short_name = Line(40, passes(schools.problem_of_short_name), least=1, required=True)
    phone = Line(20, PHONE, required=True)
    phone_hours = Line(100, load_default="")
    member_limit = Number(1, 100_000, required=True)
    contract = ma.fields.Nested(ContractIn, required=True)

    @ma.post_load
    def spell(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**given, "phone": written_phone(given["phone"])}


class SchoolChangesIn(ParticularsIn):
    """A school as it shall be. `version`: of the school that was read; 409
    `school_changed_elsewhere` where it is another one by now.
    """

    version = ma.fields.String(required=True, validate=Length(max=64))


class SchoolIn(ParticularsIn):
    """A school to be. `id`: chosen by who asks, so that a request whose answer was lost can be
    repeated: it makes one school.
    """

    id = ma.fields.UUID()
    code = ma.fields.String(validate=passes(schools.problem_of_code))
    kind = ma.fields.Enum(
        SchoolKind, by_value=True, required=True, error_messages={"unknown": "not_a_choice"}
    )
    mail_local = Line(32, passes(schools.problem_of_mail_local), least=1, required=True)
    administrator = ma.fields.Nested(AdministratorIn, required=True)


class CreatedSchoolOut(ma.Schema):
    """`administrator_password`: temporary, when none was supplied, with the end of its days.

    Who repeats the request is told it as long as it holds.
    """

    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    administrator_password = ma.fields.String()
    administrator_password_until = ma.fields.AwareDateTime(format="iso")


class SchoolSettingsIn(ma.Schema):
    """What an administrator may set; `changed_at`: of the settings that they looked at."""

    changed_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    name = Line(200, least=1)
    short_name = Line(40, passes(schools.problem_of_short_name), least=1)
    phone = Line(20, PHONE)
    phone_hours = Line(100)
    pupil_word = ma.fields.String(validate=Length(max=10))
    guardian_names = ma.fields.String(validate=OneOf([way.value for way in GuardianNames]))
    undo_seconds = ma.fields.Integer(validate=Range(0, 120))
    urgent_undo_seconds = ma.fields.Integer(validate=Range(0, 120))
    password_length = ma.fields.Integer(validate=Range(12, 64))
    temporary_days = ma.fields.Integer(validate=Range(1, 30))
    idle_minutes = ma.fields.Integer(validate=Range(10, 120))
    session_hours = ma.fields.Integer(validate=Range(1, 12))
    factor_for = ma.fields.Enum(FactorFor, by_value=True)
    own_messages_only = ma.fields.Boolean()
    alarm_records = ma.fields.Integer(validate=Range(10, 10_000))
    weekly_summary = ma.fields.Boolean()
    networks = ma.fields.List(ma.fields.String(validate=Length(1, 50)), validate=Length(max=20))
    networks_only = ma.fields.Boolean()
    sign_in_by = ma.fields.String(validate=OneOf([way.value for way in SignInBy]))

    @ma.post_load
    def spell(self, given: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "phone" not in given:
            return given
        return {**given, "phone": written_phone(given["phone"])}


class SchoolSettingsOut(ma.Schema):
    changed_at = ma.fields.AwareDateTime(required=True, allow_none=True, format="iso")
    name = ma.fields.String(required=True)
    short_name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    phone_hours = ma.fields.String(required=True)
    pupil_word = ma.fields.String(required=True)
    guardian_names = ma.fields.String(required=True)
    undo_seconds = ma.fields.Integer(required=True)
    urgent_undo_seconds = ma.fields.Integer(required=True)
    password_length = ma.fields.Integer(required=True)
    temporary_days = ma.fields.Integer(required=True)
    idle_minutes = ma.fields.Integer(required=True)
    session_hours = ma.fields.Integer(required=True)
    factor_for = ma.fields.String(required=True)
    own_messages_only = ma.fields.Boolean(required=True)
    alarm_records = ma.fields.Integer(required=True)
    weekly_summary = ma.fields.Boolean(required=True)
    networks = ma.fields.List(ma.fields.String(), required=True)
    networks_only = ma.fields.Boolean(required=True)
    sign_in_by = ma.fields.String(required=True)
    city_name = ma.fields.String(
        required=True,
        metadata={"description": "what the city's accounts are called; empty: none are taken"},
    )


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
    reseller = ma.fields.String(required=True)
    individual_agreement = ma.fields.Boolean(required=True)
    agreement_number = ma.fields.String(required=True)
    state = ma.fields.String(required=True)


class ContactOut(ma.Schema):
    name = ma.fields.String(required=True)
    post = ma.fields.String(required=True)
    postal_code = ma.fields.String(required=True)
    address = ma.fields.String(required=True)
    mail = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)


class SchoolOfOperatorOut(SchoolOut):
    """A school with its newest contract and the people it names for it, the first first.

    There is no contract once it is erased. `version`: another one as soon as anything that the
    operator may change is; empty without a contract. `has_letter`: whether the letter to the first
    administrator can be printed, because its password still holds.
    """

    contract = ma.fields.Nested(ContractOut, required=True, allow_none=True)
    contacts = ma.fields.List(ma.fields.Nested(ContactOut), required=True)
    version = ma.fields.String(required=True)
    has_letter = ma.fields.Boolean(required=True)


class SchoolIdsOut(ma.Schema):
    school_ids = ma.fields.List(ma.fields.UUID(), required=True)


class LetterOut(ma.Schema):
    """What the letter to a school's first administrator says of the person."""

    display_name = ma.fields.String(required=True)
    post = ma.fields.String(required=True)
    mail = ma.fields.String(required=True)
    password = ma.fields.String(required=True)
    until = ma.fields.AwareDateTime(required=True, format="iso")


class SchoolsQuery(PageQuery):
    """`query`: words of the name or the short name, or digits of the code."""

    query = ma.fields.String(load_default="", validate=Length(max=100))


class ListedSchoolOut(SchoolOut):
    ends_on = ma.fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "the contract's last day, once it is set"},
    )


class SchoolPageOut(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ListedSchoolOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
